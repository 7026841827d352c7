"""What tests of dealers share."""

import pytest


@pytest.fixture
def post(django_capture_on_commit_callbacks):
    """Post to a page, and let the worker do what that put down."""

    def posted(client, path, data=None, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(path, data or {}, **kwargs)

    return posted
