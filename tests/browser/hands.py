"""How somebody works on a page with a finger."""

from playwright.sync_api import Locator, Page


class Touch:
    """Taps; nothing is pressed that a finger cannot reach."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        target.tap()

    def tick(self, target: Locator) -> None:
        label = self.page.locator(f"label[for='{target.get_attribute('id')}']").first
        label.tap()
        assert target.is_checked()

    def write(self, target: Locator, text: str) -> None:
        target.tap()
        self.page.keyboard.type(text)
