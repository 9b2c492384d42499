"""The chair's signature: appended to the sealed minutes, by the chair alone, once."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile

from lorbeer.jury import services, signing
from lorbeer.jury.models import Member
from lorbeer.jury.tests.factories import make_closed_meeting
from lorbeer.jury.tests.test_views import office_of, signed_in, url
from lorbeer.shared import files, log
from lorbeer.shared.errors import BadInput, Refused

pytestmark = pytest.mark.django_db
needs_library = pytest.mark.skipif(not signing.is_possible(), reason="the extra `signing` is not installed")


def certificate(password=b"geheim", days=30, *, without=()):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Vera Vorsitz")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(5)
        .not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
        .add_extension(x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True)  # noqa: FBT003
        .sign(key, hashes.SHA256())
    )
    half = {"key": key, "cert": made} | dict.fromkeys(without)
    return pkcs12.serialize_key_and_certificates(b"x", half["key"], half["cert"], None, BestAvailableEncryption(password))


@needs_library
def test_the_signed_minutes_are_the_sealed_ones_with_a_signature_that_holds():
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    meeting = make_closed_meeting()
    chair = Member.objects.get(kind="chair").person
    client = signed_in(chair)
    assert "Als Vorsitz signieren" in client.get(url("minutes_show", meeting)).content.decode()

    mine = certificate()

    def send(content, **more):
        return client.post(url("minutes_sign", meeting), {"certificate": SimpleUploadedFile("a.p12", content), "passphrase": "geheim"} | more)

    asked = send(mine)
    page = asked.content.decode()
    assert "Vera Vorsitz" in page
    assert "selbst signiert" in page
    assert "nennt jemand anderen" in page                               # the chair is called otherwise
    seen = asked.context["holder"].sha256
    for more in ({}, {"certificate_seen": seen}, {"confirmed": "on"}, {"confirmed": "on", "certificate_seen": "0" * 64}):
        assert send(mine, **more).status_code == 200
    assert send(certificate(), certificate_seen=seen, confirmed="on").status_code == 200    # another one than was looked at
    meeting.refresh_from_db()
    assert meeting.signed is None
    assert send(mine, certificate_seen=seen, confirmed="on").status_code == 302

    meeting.refresh_from_db()
    sealed, signed = files.read(meeting.minutes), files.read(meeting.signed)
    assert signed.startswith(sealed)
    assert (meeting.signed_by, meeting.minutes_sha256) == ("Vera Vorsitz", meeting.minutes.blob_id)
    (one,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    status = validate_pdf_signature(one, ValidationContext(trust_roots=[one.signer_cert]))
    assert status.bottom_line
    assert [str(fault) for fault in log.attested("jury")] == []
    page = client.get(url("minutes_show", meeting)).content.decode()
    assert "Vera Vorsitz" in page
    assert meeting.signed_sha256 in page
    with pytest.raises(Refused):
        services.sign_minutes(meeting, certificate(), "geheim", confirmed="", by=chair)


@needs_library
@pytest.mark.parametrize(("content", "password"), [
    (certificate(without=["key"]), "geheim"), (certificate(without=["cert"]), "geheim"),
    (certificate(), "falsch"), (b"nothing", "geheim"), (b"-", ""), (certificate(days=-1), "geheim"), (b"x" * 200_000, "geheim")])
def test_what_cannot_sign_gets_a_sentence_and_signs_nothing(content, password):
    meeting = make_closed_meeting()
    chair = Member.objects.get(kind="chair").person
    with pytest.raises(BadInput):
        services.sign_minutes(meeting, content, password, confirmed="", by=chair)
    answer = signed_in(chair).post(
        url("minutes_sign", meeting), {"certificate": SimpleUploadedFile("a.p12", content), "passphrase": password})
    assert answer.status_code == 400
    meeting.refresh_from_db()
    assert meeting.signed is None


def test_nobody_but_the_chair_signs():
    meeting = make_closed_meeting()
    for person in (Member.objects.last().person, office_of(meeting)):
        assert signed_in(person).get(url("minutes_sign", meeting)).status_code == 403
        with pytest.raises(Refused):
            services.sign_minutes(meeting, b"", "", confirmed="", by=person)


def test_without_the_library_the_page_says_to_sign_on_paper(monkeypatch):
    monkeypatch.setattr(signing, "is_possible", lambda: False)
    meeting = make_closed_meeting()
    chair = Member.objects.get(kind="chair").person
    with pytest.raises(Refused, match="Papier"):
        services.sign_minutes(meeting, b"", "", confirmed="", by=chair)


@pytest.mark.parametrize(("name", "is_named"), [
    ("Vera Vorsitz", True), ("Dr. Vera Vorsitz", True), ("vera vorsitz", True), ("Vera Anders", False), ("", False)])
def test_a_certificate_names_its_person_whatever_the_title(name, is_named):
    assert signing.Holder(name, "", "", is_own_word=False).is_named("Vera Vorsitz") is is_named


@pytest.mark.parametrize(("names", "told"), [
    ({"common_name": "Beispiel-CA 2", "organization_name": ["Beispiel GmbH"], "country_name": "DE"}, "Beispiel-CA 2, Beispiel GmbH, DE"),
    ({"email_address": "ca@example.org"}, "ca@example.org"), ({}, "")])
def test_who_issued_a_certificate_is_told_as_people_write_it(names, told):
    assert signing.issuer_text(names) == told
