"""What demo mode would have sent, to be read by whoever tries it."""

import io

import pytest
from django.core.mail import EmailMessage

from dealers import sms
from dealers.sending import demo_outbox

PAGE = "/demo/outbox/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.PORTAL_DATA = tmp_path


def send(subject, body):
    terminal = io.StringIO()
    backend = demo_outbox.Backend()
    backend.stream = terminal
    backend.send_messages([EmailMessage(subject, body, "portal@example.com", ["a@example.com"])])
    return terminal.getvalue()


def test_a_mail_is_read_in_the_terminal_as_it_is_meant():
    shown = send("邀请", "请打开 http://localhost:8000/join/1/")

    assert "To: a@example.com" in shown
    assert "邀请" in shown
    assert "请打开 http://localhost:8000/join/1/" in shown


@pytest.mark.django_db
def test_mail_and_short_messages_stand_on_a_page_newest_first(client):
    send("第一封", "请打开 http://localhost:8000/join/1/")
    sms.show_in_log("+8613800138000", "验证码 ABCD-EFGH")

    page = client.get(PAGE)

    assert next(each.text for each in page.context["outbox"]) == "验证码 ABCD-EFGH"
    assert '<a href="http://localhost:8000/join/1/"' in page.text


@pytest.mark.django_db
def test_what_a_message_says_is_no_markup(client):
    send("<b>x</b>", "<script>1</script>")

    assert "<script>1" not in client.get(PAGE).text


def test_only_the_newest_are_kept():
    for number in range(demo_outbox.KEPT + 5):
        demo_outbox.keep("a@example.com", str(number))

    kept = list(demo_outbox.messages())
    assert len(kept) == demo_outbox.KEPT
    assert kept[0].text == str(demo_outbox.KEPT + 4)


@pytest.mark.django_db
def test_outside_of_demo_mode_there_is_no_such_page(client, settings):
    settings.PORTAL_DEMO = False
    settings.SECURE_SSL_REDIRECT = False

    assert client.get(PAGE).status_code == 404
