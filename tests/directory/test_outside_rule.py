"""Numbers, days and texts from outside come through one door: what `make lint` finds."""

from __future__ import annotations

import pytest

from scripts.outside_rule import File


def found(text: str, *, reading: bool = False) -> list[str]:
    return [what for _line, what in File(text, reading=reading).breaches()]


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ('page = int(request.GET["page"])', "int"),
        ('page = int(request.GET.get("page", 1))', "int"),
        ('n = int(self.request.headers["X-Number"])', "int"),
        ('n = float(request.COOKIES.get("n"))', "float"),
        ('day = date.fromisoformat(request.POST["day"])', "fromisoformat"),
        ('pk = UUID(request.POST.get("node"))', "UUID"),
        ("if text.isdigit(): pass", "isdigit"),
        ("if text.isnumeric() or text.isdecimal(): pass", "isnumeric"),
    ],
)
def test_a_number_made_by_hand_is_found(planted, what):
    assert what in found(planted)


@pytest.mark.parametrize(
    "planted",
    [
        'kind = request.GET.get("kind", "")',
        'kind = request.GET["kind"]',
        'agent = request.headers.get("User-Agent")[:100]',
        'theme = request.COOKIES.get("theme") or "light"',
        'address = self.request.META["HTTP_REFERER"]',
        'find(request.GET.get("q", ""))',
        'if words := request.GET.get("q"): find(words)',
        'names = [name for name in request.POST.getlist("name")]',
        'names = list(map(str, request.POST.getlist("name")))',
        "for key, value in request.POST.items(): pass",
        "sent = [(key, text_from_outside(one, longest=9)) for key, one in request.POST.items()]",
        'def view(request):\n    sent = request.POST if sending else request.GET\n    f(sent["q"])',
        'def view(request):\n    sent = request.POST.copy()\n    find(sent.get("q"))',
        'def read(data: QueryDict):\n    return data.get("q")',
        "def read(data: QueryDict):\n    out = data.copy()\n    return out.getlist('q')",
        'def read(*, data: "QueryDict"):\n    return data.getlist("q")',
        "async def view(request):\n    headers = request.headers\n    find(headers.get('X'))",
    ],
)
def test_a_text_used_as_it_comes_is_found(planted):
    assert found(planted)


@pytest.mark.parametrize(
    "text",
    [
        'n = number_from_outside(request.GET.get("n"))',
        'q = text_from_outside(request.GET.get("q") or request.POST.get("q"), longest=9)',
        'day = outside.day_from_outside(request.POST.get("day"))',
        'pks = set(map(uuid_from_outside, request.POST.getlist("node")[:50]))',
        'q = [text_from_outside(q, longest=9) for q in request.GET.getlist("q") if 1]',
        'page = paginator.get_page(request.GET.get("page"))',
        'sure = request.POST.get("sure") == "yes"',
        'data = "application/json" in request.headers.get("Accept", "")',
        'if request.headers.get("HX-Request") or other: pass',
        'new = "new" in request.GET',
        "form = NoticeForm(request.POST or None)",
        'address = request.META.get("REMOTE_ADDR", "")',
        'kept = response.headers["Location"]',
        'found = cache.get("q")',
        'def one(data: QueryDict): pass\ndef other(data: dict):\n    return data.get("q")',
        "n = int(text)",
    ],
)
def test_what_goes_through_the_door_is_let_be(text):
    assert found(text) == []


def test_where_requests_are_read_no_number_is_made_by_hand():
    assert found("n = int(text)", reading=True) == ["int"]
    assert found('n = number_from_outside(request.GET.get("n"))', reading=True) == []
