# A small image for docker and kubernetes work pools, and for anybody without Python:
#   docker build -t staycurrent .
#   docker run --rm -v "$PWD:/list" -e GITHUB_TOKEN staycurrent staycurrent run
# The newest Python; Debian 13 has OpenSSL 3.5, whose handshakes take less CPU time than 3.0's.
FROM python:3.14-slim-trixie AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/staycurrent \
    && /opt/staycurrent/bin/pip install --no-cache-dir -c constraints.txt ".[prefect]"

FROM python:3.14-slim-trixie
# git is for `staycurrent pr`; everything else needs Python only.
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 staycurrent
COPY --from=build /opt/staycurrent /opt/staycurrent
ENV PATH=/opt/staycurrent/bin:$PATH \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false
USER staycurrent
# The list, its settings and its memory: mount them here.
WORKDIR /list
# No ENTRYPOINT: Prefect's workers hand the container a whole command of their own.
CMD ["staycurrent", "status"]
