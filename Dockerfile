# SPDX-License-Identifier: Apache-2.0
# The server as an image: `docker build --tag soundfold .`, then
# docker run --publish 127.0.0.1:8080:8080 --volume $PWD/experiments/dogcat/latest:/model:ro soundfold
# FFmpeg (libavformat) reads M4A, WebM and others; without it the image is smaller.
# scripts/check_packages.sh --only image runs these steps in Debian roots, without Docker.
FROM debian:12 AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates make
WORKDIR /soundfold
COPY . .
RUN make deb

FROM debian:12-slim
COPY --from=build /soundfold/build/release/deb/soundfold_*.deb /tmp/
RUN apt-get update && \
    apt-get install --yes --no-install-recommends /tmp/soundfold_*.deb libavformat59 && \
    rm -rf /tmp/soundfold_*.deb /var/lib/apt/lists/*
USER nobody
EXPOSE 8080
ENTRYPOINT ["server", "--host", "0.0.0.0"]
CMD ["--model", "/model/model.safetensors"]
