# The dashboard as a user without rights, on a read-only file system:
#   docker build -t expressrate .
#   docker run --read-only --tmpfs /tmp:size=2g --memory 4g --cpus 2 -p 127.0.0.1:8501:8501 expressrate
FROM python:3.12-slim

# PyAV, LiteRT and torch bring what they need; the installer wants a shell and awk, which are here.
WORKDIR /app
COPY requirements.txt requirements-face.txt requirements.lock ./
COPY .ci/install .ci/find-python .ci/
ARG TORCH_INDEX=
RUN PIP_NO_CACHE_DIR=1 VENV=/opt/venv PYTHON=python3.12 TORCH_INDEX="$TORCH_INDEX" \
    sh .ci/install requirements.lock

COPY . .
# Compiled once here, so that a read-only container need not do it at each start.
ENV NUMBA_CACHE_DIR=/opt/compiled PYTHONDONTWRITEBYTECODE=1
RUN mkdir /opt/compiled && /opt/venv/bin/python -m core doctor \
    && /opt/venv/bin/python -m core.codec encode checkpoints/gallery/women-fair-neutral.png /tmp/face.xpr \
    && rm /tmp/face.xpr \
    && chmod -R a+rwX /opt/compiled

ENV HOME=/tmp EXPRESSRATE_ADDRESS=0.0.0.0
USER 65534:65534
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["/opt/venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["/opt/venv/bin/python", "app.py"]
