"""How somebody brings a file and says yes to it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dealers.models import Upload


@pytest.fixture
def bring(django_capture_on_commit_callbacks):
    """Send a file as a person does, and let the worker look at it."""

    def bring(client, content, name="顾客名单.csv", **data):
        files = content if isinstance(content, list) else [(name, content)]
        sent = [
            SimpleUploadedFile(each, text if isinstance(text, bytes) else text.encode())
            for each, text in files
        ]
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post("/imports/", {"files": sent, **data})
        assert response.status_code == 302, response.content.decode()
        return Upload.objects.get(pk=response["Location"].split("/")[-2])

    return bring


@pytest.fixture
def say_yes(django_capture_on_commit_callbacks):
    def say_yes(client, upload):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"{upload.get_absolute_url()}confirm/")
        upload.refresh_from_db()
        return upload

    return say_yes
