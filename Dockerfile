# SPDX-License-Identifier: Apache-2.0
# The server as an image: `docker build --tag soundfold .`, then
# docker run --publish 127.0.0.1:8080:8080 --volume $PWD/experiments/dogcat/latest:/model:ro soundfold
# All programs, with LibTorch: `docker build --target train --tag soundfold-train .`, as examples/cluster/embed_job.yaml needs it:
# docker run --volume $PWD:/sounds --workdir /sounds --user $(id -u) soundfold-train embedder --shard 0/8 ...
# FFmpeg (libavformat) reads M4A, WebM and others; without it the images are smaller.
# scripts/check_packages.sh --only image (or train) runs these steps in Debian roots, without Docker.
FROM debian:12 AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates make
WORKDIR /soundfold
COPY . .
RUN make deb

FROM debian:12-slim AS train
COPY --from=build /soundfold/build/release/deb/soundfold*.deb /tmp/
RUN apt-get update && \
    apt-get install --yes --no-install-recommends /tmp/soundfold_*.deb /tmp/soundfold-train_*.deb libavformat59 && \
    rm -rf /tmp/soundfold*.deb /var/lib/apt/lists/*
USER nobody

FROM debian:12-slim
COPY --from=build /soundfold/build/release/deb/soundfold_*.deb /tmp/
RUN apt-get update && \
    apt-get install --yes --no-install-recommends /tmp/soundfold_*.deb libavformat59 && \
    rm -rf /tmp/soundfold_*.deb /var/lib/apt/lists/*
USER nobody
EXPOSE 8080
ENTRYPOINT ["server", "--host", "0.0.0.0"]
CMD ["--model", "/model/model.safetensors"]
