"""The brand's network and its people, and what every other app builds on.

To begin with: ``models`` says what there is, ``actor`` who acts, ``walls`` what keeps dealers apart
in the database, ``outbox`` what is left to the worker.
"""
