"""Mail: who wrote what to whom, the files attached, and how deep that goes."""

from __future__ import annotations

import base64

import pytest

from search.extraction import Status

from .extraction_files import archive, docx, paragraph

MAIL = """\
From: =?utf-8?q?Ana=C3=AFs_Bellegarde?= <anais@example.org>
To: mairie@example.org
Subject: =?iso-8859-1?q?R=E9union_du_conseil?=
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=A

--A
Content-Type: multipart/alternative; boundary=B

--B
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Le texte =C3=A9crit.
--B
Content-Type: text/html; charset=utf-8

<p>La version <b>riche</b>.</p>
--B--
--A
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*=utf-8''pi%C3%A8ce.docx
Content-Transfer-Encoding: base64

{docx}
--A
Content-Type: application/zip; name=archive.zip
Content-Transfer-Encoding: base64

{zip}
--A--
"""


def test_mail_text_people_and_attachments(read):
    found = read(
        MAIL.format(
            docx=base64.encodebytes(docx(paragraph("ordre du jour"))).decode(),
            zip=base64.encodebytes(archive({"a.txt": "rien"})).decode(),
        )
    )
    assert found.status is Status.OK
    assert found.kind == "eml"
    assert found.metadata.title == "Réunion du conseil"
    assert found.metadata.author.startswith("Anaïs Bellegarde")
    for word in ("mairie@example.org", "Le texte écrit.", "pièce.docx", "ordre du jour", "archive"):
        assert word in found.text
    assert "Le texte écrit.\nLa version riche." in found.text


def test_mail_with_html_only_and_a_strange_charset(read):
    mail = (
        "Received: from a\nMessage-ID: <2@x>\nSubject: =?no-such?q?x?=\n"
        "Content-Type: text/html; charset=no-such\n\n<p>Bonjour<script>x</script></p>"
    )
    found = read(mail)
    assert "Bonjour" in found.text
    assert "script" not in found.text


def test_mailbox_gives_all_messages(read):
    box = "".join(
        f"From a@b Mon Jun 01 10:0{n}:00 2026\nSubject: s{n}\nFrom: a@b\n\ncorps {n}\n\n"
        for n in range(3)
    )
    found = read(box)
    assert found.kind == "mbox"
    assert [word for word in ("s0", "corps 1", "s2", "corps 2") if word not in found.text] == []


def test_mail_nesting_is_bounded(read):
    inner = "From: a@b\nSubject: le plus profond\nMessage-ID: <x@y>\n\nfond\n"
    for level in range(8):
        packed = base64.encodebytes(inner.encode()).decode()
        inner = (
            f"From: a@b\nSubject: niveau {level}\nMessage-ID: <{level}@y>\nMIME-Version: 1.0\n"
            "Content-Type: multipart/mixed; boundary=Z\n\n--Z\n"
            "Content-Type: application/octet-stream; name=m.eml\n"
            f"Content-Transfer-Encoding: base64\n\n{packed}\n--Z--\n"
        )
    found = read(inner)
    assert "niveau 7" in found.text
    assert "niveau 4" in found.text
    assert "niveau 3" not in found.text


def alternatives(plain, html, *, related=False):
    """A message that says one thing in two forms."""
    rich = f"Content-Type: text/html; charset=utf-8\n\n{html}\n"
    if related:
        rich = f"Content-Type: multipart/related; boundary=R\n\n--R\n{rich}--R--\n"
    return (
        "From: a@b\nSubject: s\nMessage-ID: <a@b>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/alternative; boundary=B\n\n"
        f"--B\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--B\n{rich}--B--\n"
    )


@pytest.mark.parametrize("related", [False, True])
def test_html_is_read_where_the_plain_text_does_not_say_it(read, related):
    html = "<p>Permanence <b>sociale</b> ouverte demain au bâtiment de la mairie</p>"
    placeholder = read(alternatives("Message illisible.", html, related=related)).text
    assert "Message illisible." in placeholder
    assert "Permanence sociale ouverte demain au bâtiment" in placeholder
    same = "Permanence sociale ouverte demain au bâtiment de la mairie"
    assert read(alternatives(same, html, related=related)).text.count("Permanence") == 1


LONG = " ".join(f"mot{one}{other}" for one in "abcdefghij" for other in "abcdefghij")
ADDED = " ".join(f"nouveau{letter}" for letter in "abcdefghijklmnopqrst")


@pytest.mark.parametrize(
    ("plain", "html", "read_too"),
    [
        (
            "Ce message est au format HTML.",
            "<p>Marché 2024-137 : 1 250 000 €, tél. 0590 87 50 04</p>",
            "Marché 2024-137 : 1 250 000 €, tél. 0590 87 50 04",
        ),
        (LONG, f"<p>{LONG}</p><p>{ADDED}</p>", ADDED),
        ("Réunion le 12 mai.", "<p>Réunion le 13 mai.</p>", "Réunion le 13 mai."),
        ("mairie fermée, école ouverte", "<td>mairie ouverte</td>", "mairie ouverte"),
    ],
)
def test_whatever_the_html_alone_says_is_read(read, plain, html, read_too):
    found = read(alternatives(plain, html)).text
    assert read_too in found
    assert plain in found
    assert found.count("motaa") <= 1


def test_html_that_says_the_same_is_read_once(read):
    plain = "Bonjour,\n\n* la mairie <https://mairie.example/> sera\nfermée\n* voir https://a.example/b[1]"
    html = "<p>Bonjour,</p><ul><li>la <a>mairie</a> sera\nferm&eacute;e</li><li>voir</li></ul>"
    assert read(alternatives(plain, html)).text.count("mairie sera") == 0
    assert read(alternatives(plain, html)).text.count("Bonjour") == 1


def test_the_headers_of_an_attached_message_are_read_and_its_alternatives_are_its_own(read):
    inner = alternatives("Corps interne.", "<p>Convocation affichée lundi matin au guichet</p>")
    outer = (
        "From: c@d\nSubject: Transfert\nMessage-ID: <c@d>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=M\n\n--M\nContent-Type: text/plain\n\nVoir.\n"
        "--M\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=joint.eml\n\n"
        + inner.replace("Subject: s", "Subject: =?utf-8?q?Arr=C3=AAt=C3=A9?= du maire")
        + "--M--\n"
    )
    found = read(outer)
    assert found.metadata.title == "Transfert"
    for words in ("joint.eml", "Arrêté du maire\na@b\n", "Corps interne.", "Convocation affichée"):
        assert words in found.text, words


def test_windows_characters_under_the_name_of_latin_1(read):
    mail = (
        "From: a@b\nMessage-ID: <x@y>\nSubject: =?iso-8859-1?Q?Ordre_du_jour_de_l=92assembl=E9e?=\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\n"
        "Content-Transfer-Encoding: quoted-printable\n\nl=92=9Cuvre : 120 =80 =93ferme=94=85\n"
    )
    found = read(mail)
    assert found.metadata.title == "Ordre du jour de l’assemblée"
    assert "l’œuvre : 120 € “ferme”…" in found.text
