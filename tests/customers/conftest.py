"""What tests of customers share."""

import pytest


@pytest.fixture
def sent(caplog, django_capture_on_commit_callbacks):
    """Post to a page, and do what the worker then does; the answer and the short messages."""

    def posted(client, path, data):
        caplog.clear()
        with (
            caplog.at_level("INFO", "dealers.sms"),
            django_capture_on_commit_callbacks(execute=True),
        ):
            answer = client.post(path, data)
        return answer, [message for message in caplog.messages if "SMS" in message]

    return posted
