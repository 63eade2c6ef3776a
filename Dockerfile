# One image for the web, the workers, beat and Flower: `docker run IMAGE PROGRAM` runs a line of the Procfile,
# `docker run IMAGE cli COMMAND` the operators' command line.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/venv
COPY requirements.txt ./
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt \
    && /opt/venv/bin/python -m compileall -q /opt/venv/lib

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 qloom \
    && useradd --system --uid 10001 --gid qloom --home-dir /data --no-create-home qloom \
    && install -d -o qloom -g qloom /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /opt/qloom
COPY Procfile alembic.ini celeryconfig.py gunicorn.conf.py wsgi.py ./
COPY deploy/run deploy/flower.sh deploy/
COPY migrations migrations
COPY workers workers
COPY app app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    QLOOM_DATA_DIR=/data
RUN python -m compileall -q .
USER 10001
ENTRYPOINT ["/opt/qloom/deploy/run"]
CMD ["web"]
