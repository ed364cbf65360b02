# The command line with a RISC-V cross compiler:
#   docker build -t perfvec . && docker run --rm -v "$PWD":/work perfvec predict /work/file.c
FROM node:20-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc-riscv64-linux-gnu g++-riscv64-linux-gnu libc6-dev-riscv64-cross \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /perfvec
COPY package.json package-lock.json .npmrc ./
RUN ONNXRUNTIME_NODE_INSTALL=skip npm ci
COPY . .
RUN npm run build
WORKDIR /work
ENTRYPOINT ["node", "/perfvec/dist/cli.js"]
