"""What can be told of a page by machine: who could not use it, and what sticks out of it."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: It answers with its own name: an object that no page can hand over.
_AXE = f"{AXE_SCRIPT};'axe'"


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong, each with the elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then((all) => all.violations)")
    return [f"{v['id']}: {[node['target'] for node in v['nodes'][:4]]} {v['help']}" for v in found]


def too_wide(page: Page) -> list[str]:
    """Return the elements that stick out of the page on the right, when it scrolls sideways."""
    return list(
        page.evaluate(
            """() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.body.querySelectorAll('*')]
    .filter((node) => node.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((node) => node.tagName + '.' + node.getAttribute('class'))
    .concat(['scrolls to ' + document.documentElement.scrollWidth])
}"""
        )
    )
