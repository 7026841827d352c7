"""How somebody works on a page with a finger, and what is kept of it to be looked at."""

import os
from pathlib import Path

from playwright.sync_api import Locator, Page

LOOKED_AT = os.environ.get("SCREENSHOTS")  # a folder for what somebody looks at


def picture(page: Page, name: str) -> None:
    """Keep how the whole page looks, if a folder for that is named."""
    if LOOKED_AT:
        page.screenshot(path=Path(LOOKED_AT) / f"{name}.png", full_page=True)


class Touch:
    """Taps, and counts them; nothing is pressed that a finger cannot reach."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def press(self, target: Locator) -> None:
        target.tap()
        self.taps += 1

    def tick(self, target: Locator) -> None:
        name = target.get_attribute("id")
        words = self.page.locator(f"label[for='{name}']").or_(
            target.locator("xpath=ancestor::label")
        )
        self.press(words.first if words.count() else target)
        assert target.is_checked()

    def write(self, target: Locator, text: str) -> None:
        self.press(target)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, word: str) -> None:
        """Pick the line of a list that begins so."""
        self.press(target)
        lines = target.locator("option").all_inner_texts()
        target.select_option(next(line for line in lines if line.strip().startswith(word)))


class Keys:
    """Goes from field to field by the Tab key; nothing is pressed that it does not come to."""

    MOST = 250  # fields of a page

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator) -> None:
        target.wait_for()
        for _step in range(self.MOST):
            if target.evaluate("it => it === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The Tab key does not come to {target}.")

    def press(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def tick(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Space")
        assert target.is_checked()

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, word: str) -> None:
        """Go down a list until the line that begins so."""
        self.reach(target)
        for _line in range(target.locator("option").count()):
            if target.locator("option:checked").inner_text().strip().startswith(word):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"No line of {target} begins with {word}.")
