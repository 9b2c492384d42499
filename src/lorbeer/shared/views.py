"""Pages of the installation: files, jobs, health."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.shared import files, health, jobs, queries
from lorbeer.shared.models import Job, StoredFile
from lorbeer.shared.rules import can_see_job
from lorbeer.shared.verdicts import require

PICTURES = {"image/jpeg", "image/png", "image/webp"}
PDF = "application/pdf"


@require_safe
def file_download(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """The bytes of a stored file: public ones to everybody, others as the owning app's rule says.

    Of uploaded pictures and PDFs the version without metadata and scripts; with `?original`, for the few, what was sent.
    Shown are pictures and the documents that Lorbeer made itself; everything else is downloaded.
    """
    asked = get_object_or_404(StoredFile.objects.select_related("blob"), code=code)
    verdict = files.may_read(request.user, asked)
    if not verdict:
        if not request.user.is_authenticated or not queries.is_insider(request.user, asked.scope):
            raise Http404
        require(verdict)
    wants_original = "original" in request.GET and asked.kind == files.UPLOAD
    if wants_original:
        require(files.may_read_original(request.user, asked))
    stored = asked if wants_original else files.shown(asked)
    is_public = asked.access == StoredFile.Access.PUBLIC and not wants_original
    etag = f'"{stored.blob_id}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponse(status=304)
    else:
        response = FileResponse(files.open_file(stored), content_type=stored.blob.media_type)
        response["Content-Length"] = str(stored.blob.size)
    is_own_pdf = stored.kind == "made" and stored.blob.media_type == PDF
    inline = (stored.kind != files.UPLOAD and stored.blob.media_type in PICTURES or is_own_pdf) and "download" not in request.GET
    filename = files.name_of_original(stored) if wants_original else stored.name
    response["Content-Disposition"] = content_disposition_header(not inline, filename) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = (
        "public, no-cache" if is_public else                            # asked anew each time: what is open can be closed again
        "private, no-cache" if inline else "private, no-store")
    response["ETag"] = etag
    # Whatever it is, nothing in it may run or reach out. Only our own PDFs do without the sandbox: readers refuse to open in it.
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'" + ("" if is_own_pdf else "; sandbox")
    return response


@never_cache
@require_safe
def job_detail(request: HttpRequest, code: str) -> HttpResponse:
    """How far the work is, asked again every second."""
    job = job_for(request, code)
    done, total, note = jobs.progress_of(job)
    trouble, *faults = job.error.splitlines() or [""]                   # a foreseen error may bring a list of faults
    facts = {
        "job": job, "trouble": trouble, "faults": faults, "title": jobs.title_of(job), "done": done, "total": total, "note": note,
        "percent": min(100, done * 100 // total) if total else None,
        "goes_on": job.state in {Job.State.WAITING, Job.State.RUNNING},
        "link": job.result if isinstance(job.result, dict) and job.result.get("url") else None,
    }
    template = "shared/_job_state.html" if request.headers.get("HX-Request") else "shared/job_detail.html"
    return render(request, template, facts)


@require_POST
def job_stop(request: HttpRequest, code: str) -> HttpResponse:
    job = job_for(request, code)
    jobs.request_stop(job, by=request.user)
    return redirect("job_detail", code=job.code)


def job_for(request: HttpRequest, code: str) -> Job:
    job = get_object_or_404(Job, code=code)
    if not can_see_job(request.user, job):
        raise Http404
    return job


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives; asks nobody."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The installation can work: database, migrations, the log's triggers, the file store."""
    found = health.findings()
    ready = all(answer == "ok" for answer in found.values())
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)
