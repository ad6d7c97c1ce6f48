# The bot in a container: docker build -t quoth . && docker compose up -d. See docs/operations.md.

FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements.txt ./
RUN python -m venv /opt/quoth && /opt/quoth/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY retrieval retrieval
RUN /opt/quoth/bin/pip install --no-cache-dir --no-deps --no-build-isolation . && /opt/quoth/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --no-log-init --shell /usr/sbin/nologin quoth \
    && install --directory --owner=quoth --mode=700 /data \
    && install --directory /articles
COPY --from=build /opt/quoth /opt/quoth
ENV PATH=/opt/quoth/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    QUOTH_ARTICLES=/articles \
    QUOTH_DATA=/data \
    QUOTH_MONITOR_PORT=9464
USER 10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=60s --timeout=15s --start-period=300s CMD ["quoth", "health"]
ENTRYPOINT ["quoth"]
# Docker restarts whatever ends; with --hold a wrong setting waits for the operator instead.
CMD ["run", "--hold"]
