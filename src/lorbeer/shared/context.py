"""What every page needs to know about where it stands."""


def page(request):
    return {}
