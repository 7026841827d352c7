"""Courses for the network's people: written, taken, certified; stories and sharing sessions.

To begin with: ``authoring.versions`` publishes a course, ``learning`` and ``quiz`` are how people
take it.
"""
