"""SCORM packages, 1.2 and 2004: courses made elsewhere that play as one lesson of a course.

A package is a ZIP archive, kept as the file of a lesson (``archive``, ``manifest``, ``package``).
It plays in a frame that the browser shuts off from the portal (``sandbox``, ``tokens``), where
``api.js`` is the interface that the standard promises it. What it says of its learner
(``elements``) is kept as what it is, a claim (``attempts``): the portal's quiz alone certifies.
"""
