"""A manager for a day, the heads, and what a dialog says against what is done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from directory import access
from directory.access import Level
from directory.actions.grants import LongerThanGiven
from directory.delegation import HandedOver, HeadsStay, effect_of_ending
from directory.models import Role, User
from directory.models.grants import GroupGrant, UserGrant
from documents.actions import (
    break_inheritance,
    effect_of_breaking,
    effect_of_restoring,
    move,
    restore_inheritance,
    share,
    unshare,
)
from documents.models import Node
from tests.directory.factories import group_of, join, make_person
from tests.html import element, has

from .factories import make_document, make_folder
from .test_sharing import signed_in


def tomorrow():
    return timezone.now() + timedelta(days=1)


@pytest.fixture
def lent(world):
    """A folder that a stranger manages until tomorrow, by the will of the head."""
    world.folder = make_folder(world.space, "Contentieux")
    world.lent = share(
        actor=world.head,
        node=world.folder,
        to=world.stranger,
        level=Level.MANAGE,
        expires_at=tomorrow(),
    )
    world.folder.refresh_from_db()
    world.address = f"/d/{world.folder.pk}/access/"
    return world


def readers(node):
    return set(access.readers(Node.objects.get(pk=node.pk).scope_id))


def grants():
    return {("user", pk) for pk in UserGrant.objects.values_list("pk", flat=True)} | {
        ("group", pk) for pk in GroupGrant.objects.values_list("pk", flat=True)
    }


def test_a_manager_for_a_day_does_not_stay(lent):
    with pytest.raises(LongerThanGiven):
        share(actor=lent.stranger, node=lent.folder, to=lent.stranger, level=Level.MANAGE)
    break_inheritance(actor=lent.stranger, node=lent.folder, keep_access=False)
    scope = Node.objects.get(pk=lent.folder.pk).own_scope
    (heads,) = scope.group_grants.all()
    assert heads.granted_by is None  # who gave it first
    with pytest.raises(HeadsStay):
        unshare(actor=lent.stranger, node=lent.folder, grant=heads, sure=True)
    with pytest.raises(ValidationError):
        share(
            actor=lent.stranger,
            node=lent.folder,
            to=group_of(lent.finance, Role.HEAD),
            level=Level.MANAGE,
            expires_at=tomorrow() - timedelta(hours=1),
        )
    assert access.can(lent.head, Level.MANAGE, scope)
    UserGrant.objects.update(expires_at=timezone.now())
    assert not access.can(lent.stranger, Level.READ, scope)


def test_the_question_says_before_that_the_heads_stay(lent, django_assert_max_num_queries):
    break_inheritance(actor=lent.stranger, node=lent.folder, keep_access=False)
    (heads,) = Node.objects.get(pk=lent.folder.pk).own_scope.group_grants.all()
    taking = {"do": "take", "grant": f"group-{heads.pk}"}

    def asked(person) -> str:
        client = signed_in(person)
        with django_assert_max_num_queries(35):
            return client.get(f"{lent.address}change/", taking).content.decode()

    (refused,) = HeadsStay().messages
    assert refused in asked(lent.stranger)
    assert not has(asked(lent.stranger), "[name='do'][value='take']")
    done = signed_in(lent.stranger).post(lent.address, taking | {"sure": "yes"}, follow=True)
    assert refused in done.content.decode()
    # The heads themselves may, and what the heads have by another way they keep.
    assert refused not in asked(lent.head)
    restore_inheritance(actor=lent.head, node=lent.folder, sure=True)
    own = share(
        actor=lent.head,
        node=lent.folder,
        to=group_of(lent.finance, Role.HEAD),
        level=Level.MANAGE,
    )
    share(
        actor=lent.head,
        node=lent.folder,
        to=lent.stranger,
        level=Level.MANAGE,
        expires_at=tomorrow(),
    )
    taking["grant"] = f"group-{own.pk}"
    assert refused not in asked(lent.stranger)
    unshare(actor=lent.stranger, node=lent.folder, grant=own)


def test_nobody_keeps_a_folder_by_closing_it(lent):
    inner = make_folder(lent.folder, "inner")
    break_inheritance(actor=lent.stranger, node=inner)
    assert lent.stranger in readers(inner)
    unshare(actor=lent.head, node=lent.folder, grant=lent.lent)
    assert lent.stranger not in readers(inner)
    assert lent.head in readers(inner)


@pytest.mark.parametrize("level", [Level.CONTRIBUTE, Level.MANAGE])
def test_nobody_keeps_what_was_lent_by_taking_it_to_another_service(lent, level):
    guest = make_person("gus.guest", service=lent.schools, role=Role.CONTRIBUTOR)
    share(actor=lent.head, node=lent.folder, to=guest, level=level, expires_at=tomorrow())
    document = make_document(Node.objects.get(pk=lent.folder.pk), "plan.txt")
    if level is Level.MANAGE:  # what is set apart would be the other service's all the same
        break_inheritance(actor=guest, node=document)
    for actor in (guest, lent.both):
        with pytest.raises(HandedOver):
            move(actor=actor, node=document, to=lent.other.root)
    document.refresh_from_db()
    assert document.space == lent.space
    assert access.can(lent.head, Level.MANAGE, document.scope_id)


def test_the_heads_hand_over_what_is_theirs(lent):
    join(lent.head, group_of(lent.schools, Role.CONTRIBUTOR))
    move(actor=lent.head, node=lent.folder, to=lent.other.root)
    lent.folder.refresh_from_db()
    assert lent.folder.space == lent.other


def test_who_may_not_hand_something_over_is_told(lent):
    asked = {"node": lent.folder.pk, "to": lent.other.root_id}
    client = signed_in(lent.both)
    answer = client.post("/d/move/", asked, headers={"accept-language": "en"}, follow=True)
    assert "its heads alone may hand it over" in answer.content.decode()
    lent.folder.refresh_from_db()
    assert lent.folder.space == lent.space


def test_who_closes_a_folder_does_not_become_the_giver_of_what_was_given(lent):
    share(actor=lent.head, node=lent.folder, to=lent.it_admin, level=Level.READ)
    inner = make_folder(lent.folder, "inner")
    break_inheritance(actor=lent.stranger, node=inner)
    scope = Node.objects.get(pk=inner.pk).own_scope
    assert scope.user_grants.get(user=lent.it_admin).granted_by == lent.head
    unshare(actor=lent.head, node=lent.folder, grant=lent.lent)
    assert access.can(lent.it_admin, Level.READ, scope)


def test_closing_a_folder_shortens_nobodys_access(lent):
    """What stands on the folder already counts where it lasts longer than what is copied."""
    share(actor=lent.head, node=lent.folder, to=lent.member, level=Level.READ)
    share(
        actor=lent.head,
        node=lent.space.root,
        to=lent.member,
        level=Level.READ,
        expires_at=tomorrow(),
    )
    break_inheritance(actor=lent.head, node=lent.folder)
    scope = Node.objects.get(pk=lent.folder.pk).own_scope
    assert scope.user_grants.get(user=lent.member).expires_at is None


def test_the_form_says_how_far_one_may_give_and_gives_no_further(lent):
    client = signed_in(lent.stranger)
    page = client.get(lent.address, headers={"accept-language": "en"}).content.decode()
    assert "Your own access ends on" in page
    client.post(lent.address, {"do": "share", "person": "mia.member", "level": "contribute"})
    given = UserGrant.objects.get(user=lent.member)
    lent.lent.refresh_from_db()
    assert (given.expires_at, given.basis_user) == (lent.lent.expires_at, lent.lent)
    # The last day itself is theirs to give; the day after is not.
    day = timezone.localdate(lent.lent.expires_at)
    last = {"do": "share", "person": "mia.member", "level": "read"}
    assert client.post(lent.address, last | {"expires_at": day.isoformat()}).status_code == 302
    after = (day + timedelta(days=1)).isoformat()
    for login in ("mia.member", "not.there"):  # beside whatever else is wrong
        refused = client.post(lent.address, last | {"person": login, "expires_at": after})
        assert refused.status_code == 422
        assert "expires_at" in refused.context["form"].errors


# What a dialog says is what is done


def _compare(node, effect, act):
    loses, gains = set(effect.loses), set(effect.gains)
    ends = {("user" if isinstance(g, UserGrant) else "group", g.pk) for g in effect.ends}
    before, there = readers(node), grants()
    act()
    after = readers(node)
    assert before - after == loses
    assert after - before == gains
    assert there - grants() == ends
    return loses, ends


def test_only_managers_keep_access(lent):
    """Also those whom it was given to directly, here and in what follows it, lose it."""
    outer, inner = lent.folder, make_folder(lent.folder, "inner")
    closed = make_document(lent.folder, "closed.txt")
    break_inheritance(actor=lent.head, node=closed, keep_access=False)
    share(actor=lent.head, node=closed, to=lent.it_admin, level=Level.READ)
    for node in (outer, inner):
        share(actor=lent.head, node=node, to=lent.both, level=Level.CONTRIBUTE)
        share(actor=lent.head, node=node, to=group_of(lent.schools, Role.MEMBER), level=Level.READ)
    node = Node.objects.get(pk=outer.pk)
    loses, ends = _compare(
        outer,
        effect_of_breaking(node, keep_access=False),
        lambda: break_inheritance(actor=lent.head, node=outer, keep_access=False),
    )
    assert {lent.member, lent.contributor, lent.both} <= loses
    assert len(ends) == 4
    assert readers(outer) == readers(inner) == {lent.head, lent.stranger}
    # It has rights of its own.
    assert readers(closed) == {lent.head, lent.stranger, lent.it_admin}


def test_only_managers_keep_access_to_what_had_no_rights_of_its_own_yet(lent):
    folder = make_folder(lent.space, "fresh")
    inner = make_folder(folder, "inner")
    share(actor=lent.head, node=inner, to=lent.stranger, level=Level.READ)
    beside = make_folder(lent.space, "beside")
    share(actor=lent.head, node=beside, to=lent.stranger, level=Level.READ)
    _compare(
        folder,
        effect_of_breaking(Node.objects.get(pk=folder.pk), keep_access=False),
        lambda: break_inheritance(actor=lent.head, node=folder, keep_access=False),
    )
    assert readers(inner) == {lent.head}
    assert lent.stranger in readers(beside)


def test_keeping_the_people_of_today_changes_nothing(lent):
    node = Node.objects.get(pk=lent.folder.pk)
    _loses, ends = _compare(
        node,
        effect_of_breaking(node),
        lambda: break_inheritance(actor=lent.head, node=node),
    )
    assert not ends


def test_following_the_folder_again(lent):
    break_inheritance(actor=lent.head, node=lent.folder, keep_access=False)
    share(
        actor=lent.stranger,
        node=lent.folder,
        to=lent.it_admin,
        level=Level.READ,
        expires_at=tomorrow() - timedelta(hours=1),
    )
    node = Node.objects.get(pk=lent.folder.pk)
    effect = effect_of_restoring(node)
    assert set(effect.unmanaged) == {lent.stranger}
    loses, _ends = _compare(
        node, effect, lambda: restore_inheritance(actor=lent.head, node=node, sure=True)
    )
    assert loses == {lent.stranger, lent.it_admin}


def test_taking_a_grant_away(lent):
    given = share(
        actor=lent.stranger,
        node=lent.folder,
        to=lent.it_admin,
        level=Level.READ,
        expires_at=tomorrow() - timedelta(hours=1),
    )
    effect = effect_of_ending(UserGrant.objects.get(pk=lent.lent.pk))
    loses, ends = _compare(
        lent.folder,
        effect,
        lambda: unshare(actor=lent.head, node=lent.folder, grant=lent.lent),
    )
    assert loses == {lent.stranger, lent.it_admin}
    assert ends == {("user", lent.lent.pk), ("user", given.pk)}


@pytest.mark.parametrize("do", ["break", "restore", "take"])
def test_the_dialog_says_what_its_button_does(lent, do, django_assert_max_num_queries):
    share(actor=lent.head, node=lent.folder, to=lent.it_admin, level=Level.READ)
    client = signed_in(lent.head)
    if do == "restore":
        client.post(lent.address, {"do": "keep"})
        unshare(
            actor=lent.head,
            node=lent.folder,
            grant=Node.objects.get(pk=lent.folder.pk).own_scope.group_grants.get(
                group=group_of(lent.finance, Role.MEMBER).group
            ),
        )
    asked = {"do": do} | ({"grant": f"user-{lent.lent.pk}"} if do == "take" else {})
    with django_assert_max_num_queries(30):
        shown = client.get(f"{lent.address}change/", asked, headers={"x-sheet": "1"})
    first = element(shown, "a[autofocus]", "Annuler")  # the first key takes nothing
    assert first.find_next_sibling().name == "button"
    before = readers(lent.folder)
    done = client.post(lent.address, asked | {"sure": "yes"}, headers={"x-sheet": "1"})
    assert done.json()["location"] == lent.address
    lost = before - readers(lent.folder)
    assert shown.context["loses"] == len(lost)
    assert set(shown.context["losing"]) == lost
    assert shown.context["gains"] == len(readers(lent.folder) - before)
    assert client.get(f"{lent.address}change/", {"do": "nothing"}).status_code == 404


@pytest.mark.parametrize("do", ["break", "restore", "take"])
def test_the_dialog_says_what_those_keep_whose_access_ends(lent, do):
    """To the head's group and a member of it by name, to one who has less above, to nobody."""
    heads, guest = group_of(lent.finance, Role.HEAD), make_person("gus.guest")
    for to in (heads, lent.head, lent.contributor, guest):
        share(actor=lent.head, node=lent.folder, to=to, level=Level.READ)
    client = signed_in(lent.head)
    if do == "restore":
        client.post(lent.address, {"do": "keep"})
    node = Node.objects.get(pk=lent.folder.pk)
    own = node.own_scope
    by_line = {f"user-{grant.pk}": grant.user for grant in own.user_grants.all()}
    by_line |= {f"group-{grant.pk}": grant.group for grant in own.group_grants.all()}
    asked = {"do": do}
    if do == "take":
        asked["grant"] = f"user-{own.user_grants.get(user=lent.head).pk}"
    told = client.get(f"{lent.address}change/", asked, headers={"accept-language": "en"})
    grant = told.context["grant"]
    lines = [*told.context["ends"], *([grant] if grant else [])]
    said = {by_line[line.grant.key]: line.keeps for line in lines}
    assert said[lent.head] == Level.MANAGE
    assert "keeps “manage” through other access" in told.content.decode()
    client.post(lent.address, asked | {"sure": "yes"})
    for receiver, level in said.items():
        if isinstance(receiver, User):
            assert access.levels(receiver, [own]).get(own.pk) == level
    if do != "take":
        assert said[heads.group] == Level.MANAGE
        assert said[guest] is None
        assert said[lent.contributor] == (Level.CONTRIBUTE if do == "restore" else None)


def test_the_dialog_names_no_place_that_one_may_not_see(lent):
    share(
        actor=lent.stranger,
        node=lent.folder,
        to=lent.both,
        level=Level.MANAGE,
        expires_at=lent.lent.expires_at,
    )
    inner = make_folder(lent.folder, "Zqxvhk")
    break_inheritance(actor=lent.both, node=inner)
    boss = make_person("bea.boss")
    share(actor=lent.head, node=lent.folder, to=boss, level=Level.MANAGE)
    asked = {"do": "take", "grant": f"user-{lent.lent.pk}"}
    told = signed_in(boss).get(f"{lent.address}change/", asked).content.decode()
    assert str(lent.both) in told
    assert "Zqxvhk" not in told
    assert "Zqxvhk" in signed_in(lent.head).get(f"{lent.address}change/", asked).content.decode()


# Whom one may know of


def test_a_manager_from_outside_is_offered_only_whom_they_may_know(lent):
    guest = make_person("gus.guest", outsider=True)
    share(actor=lent.head, node=lent.folder, to=guest, level=Level.MANAGE)
    make_person("sue.school", service=lent.schools)
    client = signed_in(guest)
    page = client.get(lent.address)
    offered = set(page.context["form"].fields["group"].queryset)
    assert offered == set(lent.finance.access_groups.all())  # they have access here
    seen = client.get(f"{lent.address}people", {"q": "mia"}).content.decode()
    assert has(seen, "[data-value='mia.member']")  # the page names her as one who sees it
    assert "sue.school" not in client.get(f"{lent.address}people", {"q": "sue"}).content.decode()
    answers = []
    for login in ("sue.school", "not.there"):
        sent = {"do": "share", "person": login, "level": "read"}
        answer = client.post(lent.address, sent)
        assert answer.status_code == 422
        answers.append(answer.context["form"].errors)
    assert answers[0] == answers[1]
    group = {"do": "share", "group": group_of(lent.schools, Role.MEMBER).pk, "level": "read"}
    assert client.post(lent.address, group).status_code == 422
    assert not UserGrant.objects.filter(user__username="sue.school").exists()


def test_who_is_of_the_organisation_knows_it(lent):
    form = signed_in(lent.stranger).get(lent.address).context["form"]
    assert set(lent.schools.access_groups.all()) <= set(form.fields["group"].queryset)


def test_an_external_knows_the_service_they_work_for(lent):
    guest = make_person("gus.guest", outsider=True, service=lent.schools)
    share(actor=lent.head, node=lent.folder, to=guest, level=Level.MANAGE)
    colleague = make_person("sue.school", service=lent.schools)
    client = signed_in(guest)
    client.post(lent.address, {"do": "share", "person": "sue.school", "level": "read"})
    assert colleague in readers(lent.folder)
