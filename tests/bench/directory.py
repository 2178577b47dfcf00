"""Reading a large directory: the first time, with nothing new, after one change; time and memory.

The floor is OpenLDAP's own client that reads the same entries from the same server.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

from django.test import override_settings

from config.embedded.organisation.entries import GROUPS_DN, PEOPLE_DN, ldif
from directory.ldap.entries import group_attributes, person_attributes
from directory.models import DirGroup, Person, SyncRun, User
from directory.sync.engine import synchronise
from directory.sync.feed import Watcher
from directory.sync.rules import add_rule
from tests.deploy.site import ROOT
from tests.directory.factories import make_group
from tests.servers.slapd import Slapd

from .measuring import quantile
from .report import Report

PEOPLE, GROUPS, EACH = 50_000, 5_000, 100
"""People, groups, and members of each group."""
RULED = 100
"""Of so many groups one is named by a rule."""
LONGEST = 300
"""Seconds until a change that is not followed ends the bench."""


def run(report: Report) -> None:
    """Print what readings cost, and hold that they find everybody."""
    people = report.size(PEOPLE, small=200)
    groups, each = report.size(GROUPS, small=20), report.size(EACH, small=10)
    server = Slapd(entries=lambda password: "\n".join(_ldif(password, people, groups, each)))
    try:
        server.start()
        with override_settings(LDAP=server.django | {"timeout": 60}):
            _measure(report, server, people, groups)
    finally:
        server.discard()


def _measure(report: Report, server: Slapd, people: int, groups: int) -> None:
    floor = min(_taken(lambda: _raw(server)) for _ in range(report.size(3, small=1)))
    report.line("ldapsearch of everything (floor)", floor[0], "s")
    first = _taken(_read)
    report.line("first reading", first[0], "s", floor=floor[0])
    report.line("its processor", first[1], "s CPU", floor=floor[1])
    for group in DirGroup.objects.filter(name__startswith="Group ").order_by("pk")[::RULED]:
        add_rule(actor=None, dir_group=group, access_group=make_group(f"of {group.name}"))
    nothing = min(_taken(_read) for _ in range(report.size(3, small=1)))
    report.line("reading without news", nothing[0], "s", floor=floor[0])
    report.line("its processor", nothing[1], "s CPU", floor=floor[1])
    server.modify(f"uid=person.0,{PEOPLE_DN}", "pwdAccountLockedTime", "000001010000Z")
    report.line("reading after an account was closed", _taken(_read)[0], "s", floor=floor[0])
    _follow(report, server, floor[0])
    report.line("memory of a process that reads", _peak(server), "MiB")
    report.held(
        "people known", Person.objects.filter(user__username__startswith="person.").count(), people
    )
    report.held("groups known", DirGroup.objects.filter(name__startswith="Group ").count(), groups)
    closed = Person.objects.filter(user__username="person.0", user__is_active=False).count()
    report.held("the account is closed", closed, 1)
    states = list(SyncRun.objects.order_by("pk").values_list("state", flat=True))
    report.held("readings that came to an end", len(states) - states.count("failed"), len(states))


def _peak(server: Slapd) -> int:
    """Return the most memory, in MiB, that a command takes which reads everything."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "sync_directory"],
        env=os.environ | server.settings,
        stdout=subprocess.DEVNULL,
    )
    # Of this child alone: the server's own commands, children too, take more.
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("manage.py sync_directory failed")
    return used.ru_maxrss // 1024


def _follow(report: Report, server: Slapd, floor: float) -> None:
    """Measure how long it takes until what the directory takes away is denied here."""
    stop, watcher = threading.Event(), Watcher()
    thread = threading.Thread(target=watcher.run, args=(stop,))
    thread.start()
    try:
        server.modify(f"uid=person.1,{PEOPLE_DN}", "title", "Followed")
        _until(lambda: Person.objects.filter(title="Followed").exists())
        taken: dict[str, list[float]] = {}
        ruled = DirGroup.objects.filter(name__startswith="Group ", rules__isnull=False)
        for group in ruled.order_by("pk")[: report.size(15, small=2)]:
            for what, (change, is_denied) in _losses(server, group).items():
                time.sleep(random.uniform(1.5, 2.5))  # at any moment between two looks
                change()
                taken.setdefault(what, []).append(_until(is_denied))
        for what, seconds in taken.items():
            for share in (0.5, 0.95):
                report.line(
                    f"denied after {what}, {share:.0%}", quantile(seconds, share), "s", floor=floor
                )
        runs = SyncRun.objects.filter(trigger=SyncRun.Trigger.CHANGE)
        report.line("readings of what changed alone", runs.filter(is_whole=False).count())
        report.line("readings of everything beside", runs.filter(is_whole=True).count())
    finally:
        stop.set()
        thread.join()


def _losses(
    server: Slapd, group: DirGroup
) -> dict[str, tuple[Callable[[], None], Callable[[], bool]]]:
    """Return what can be taken away in the directory from three of `group`, and how it shows."""
    who = User.objects.filter(person__dir_groups__group=group, is_active=True)
    one, two, three = who.order_by("pk")[:3]

    def is_closed(user: User) -> bool:
        return not User.objects.get(pk=user.pk).is_active

    return {
        "a member left": (
            lambda: server.leave(group.name, _dn(one)),
            lambda: not one.memberships.filter(access_group__rules__dir_group=group).exists(),
        ),
        "an account was closed": (
            lambda: server.modify(_dn(two), "pwdAccountLockedTime", "000001010000Z"),
            lambda: is_closed(two),
        ),
        "an entry was deleted": (lambda: server.delete(_dn(three)), lambda: is_closed(three)),
    }


def _dn(user: User) -> str:
    return f"uid={user.username},{PEOPLE_DN}"


def _until(is_so: Callable[[], bool]) -> float:
    """Return how many seconds it takes until `is_so`."""
    began = time.perf_counter()
    while not is_so():
        time.sleep(0.005)
        if time.perf_counter() - began > LONGEST:
            raise TimeoutError("the directory is not followed")
    return time.perf_counter() - began


def _taken(what: Callable[[], object]) -> tuple[float, float]:
    """Return how long `what` takes, and how long the processor works, here or in children."""
    began, worked = time.perf_counter(), _worked()
    what()
    return time.perf_counter() - began, _worked() - worked


def _worked() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _read() -> SyncRun:
    return synchronise(trigger=SyncRun.Trigger.COMMAND)


def _raw(server: Slapd) -> None:
    """Read people, then groups, by the client that comes with the server."""
    config = server.config
    for filterstr, attrlist in (
        (config.schema.people_filter, person_attributes(config.schema)),
        (config.schema.group_filter, group_attributes(config.schema)),
    ):
        subprocess.run(
            [
                *("ldapsearch", "-LLL", "-x", "-ZZ", "-H", config.url, "-b", config.base_dn),
                *("-D", config.bind_dn, "-w", config.bind_password, "-E", "pr=1000/noprompt"),
                *(filterstr, *attrlist),
            ],
            env=os.environ | {"LDAPTLS_CACERT": config.ca_file},
            stdout=subprocess.DEVNULL,
            check=True,
        )


def _ldif(password: str, people: int, groups: int, each: int) -> Iterator[str]:
    """Yield the entries of the demo, and after them so many people and groups."""
    yield ldif(reader_password=password)
    for number in range(people):
        yield (
            f"dn: uid=person.{number},{PEOPLE_DN}\nobjectClass: inetOrgPerson\n"
            f"uid: person.{number}\ncn: Person {number}\ngivenName: Person\nsn: {number}\n"
            f"displayName: Person {number}\nmail: person.{number}@example.org\n"
            f"telephoneNumber: +590 590 {number:06}\ntitle: Agent\n"
        )
    for number in range(groups):
        # Far enough from each other that no two groups list the same people.
        members = {(number * 37 + place * 101) % people for place in range(each)}
        listed = "\n".join(f"member: uid=person.{member},{PEOPLE_DN}" for member in sorted(members))
        yield (
            f"dn: cn=Group {number},{GROUPS_DN}\nobjectClass: groupOfNames\n"
            f"cn: Group {number}\n{listed}\n"
        )
