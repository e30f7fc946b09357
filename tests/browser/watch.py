"""Watches a browser for what people do not see: script errors and requests that failed."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

#: The browser's own line about an answer such as 422; the answer itself is looked at instead.
_ANSWERED = "Failed to load resource"


class Watch:
    """Collects everything that went wrong behind the pages of one browser."""

    def __init__(self, context: BrowserContext):
        self.faults: list[str] = []
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_ANSWERED):
            self.faults.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it still loads; a file shown or saved ends the navigation.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        page = response.request.is_navigation_request()
        if response.status == 409:  # somebody else was quicker; the page says so
            return
        if response.status >= (500 if page else 400):
            self.faults.append(f"answer: {response.status} {response.url}")
