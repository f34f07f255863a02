# The line as a container: the program in a virtual environment, an unprivileged user, and no more.
# The base image has an exact tag. A digest would pin its bytes too; it could not be looked up where this was
# written: `docker buildx imagetools inspect python:3.11.14-slim-bookworm` prints it, to be appended as @sha256:….
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/ivr
COPY requirements ./requirements
RUN /opt/ivr/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/clips.txt
COPY pyproject.toml README.md LICENSE ./
COPY ivr ./ivr
COPY prompts ./prompts
COPY audio ./audio
RUN /opt/ivr/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /state --create-home ivr && chmod 700 /state
COPY --from=build /opt/ivr /opt/ivr
ENV PATH=/opt/ivr/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    IVR_STATE=/state
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
CMD ["ivr", "serve", "--host", "0.0.0.0", "--port", "8080"]
