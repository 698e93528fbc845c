#!/usr/bin/env python3
r"""Generate clients from openapi.yaml, compile them, and use each with the local service.

    PYTHONPATH=tests/exports LOCAL=target/debug/local TOOLS=.tools/clients \
        BUILD=target/clients python3 tests/clients/run.py

Three languages, as callers have them: Python (openapi-python-client), TypeScript (OpenAPI
Generator, typescript-fetch, checked by tsc --strict) and Rust (OpenAPI Generator, reqwest). Each
client records an entry, finds it in a list, gets it with its changes, and exports the log.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from service import Service

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOOLS = pathlib.Path(os.environ.get("TOOLS") or ROOT / ".tools/clients")
BUILD = pathlib.Path(os.environ.get("BUILD") or ROOT / "target/clients")
NODE_MODULES = ROOT / "tests/browser/node_modules"
WORKSPACE = "ws_clients"


def run(name, *command, **options):
    """Run a command that must succeed; print what it said if it does not, and how long it took."""
    begun = time.monotonic()
    ran = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    if ran.returncode:
        raise SystemExit(f"{name}: exit code {ran.returncode}\n{ran.stdout[-6000:]}")
    print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
    return ran.stdout


def fresh(name):
    """Return a new folder for what is generated. The compiled dependencies lie elsewhere."""
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def python():
    """Generate the client of Python."""
    folder = fresh("python")
    said = run(
        "python: generate",
        TOOLS / "bin/openapi-python-client",
        *("generate", "--path", ROOT / "openapi.yaml", "--meta", "none"),
        *("--output-path", folder / "audit_client"),
        env={**os.environ, "PATH": f"{TOOLS / 'bin'}:{os.environ['PATH']}"},
    )
    if "Warning" in said or "Unable" in said:
        raise SystemExit(f"the client of Python is not whole:\n{said}")
    return [TOOLS / "bin/python", HERE / "use.py"], {"PYTHONPATH": str(folder)}


def generator(language, folder, properties):
    """Run OpenAPI Generator."""
    said = run(
        f"{language}: generate",
        TOOLS / "bin/openapi-generator-cli",
        *("generate", "--input-spec", ROOT / "openapi.yaml", "--generator-name", language),
        *("--output", folder, "--additional-properties", properties),
    )
    if " ERROR " in said:
        raise SystemExit(f"{language}: {said[-6000:]}")


def typescript():
    """Generate the client of TypeScript, and compile it as strictly as tsc can."""
    folder = fresh("typescript")
    generator("typescript-fetch", folder / "client", "supportsES6=true,importFileExtension=.js")
    shutil.copy(HERE / "use.ts", folder)
    shutil.copy(HERE / "tsconfig.json", folder)
    (folder / "package.json").write_text('{"type":"module"}\n', encoding="utf-8")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    run("typescript: compile", NODE_MODULES / ".bin/tsc", "--project", folder)
    return ["node", folder / "out/use.js"], {}


def rust():
    """Generate the client of Rust, and compile it with the versions of the repository."""
    folder = fresh("rust")
    generator("rust", folder / "client", "packageName=audit_client,supportMiddleware=false")
    use = folder / "use"
    shutil.copytree(HERE / "rust", use)
    # Here it has another name: its dependencies are not there until the client is generated.
    (use / "manifest.toml").rename(use / "Cargo.toml")
    shutil.copy(ROOT / "Cargo.lock", folder / "use")
    target = BUILD / "rust-target"
    settings = {"CARGO_TARGET_DIR": str(target), "CARGO_PROFILE_DEV_DEBUG": "0"}
    run(
        "rust: compile",
        *("cargo", "build", "--quiet"),
        cwd=folder / "use",
        env={**os.environ, **settings},
    )
    return [target / "debug/use"], {}


def main():
    """Make the clients, then let each use the service."""
    clients = {"python": python(), "typescript": typescript(), "rust": rust()}
    with tempfile.TemporaryDirectory() as folder:
        service = Service(pathlib.Path(folder))
        try:
            service.send("PUT", f"/v1/workspaces/{WORKSPACE}", '{"plan":"pro"}', wanted=(201,))
            for name, (command, more) in clients.items():
                environment = {
                    **os.environ,
                    **more,
                    "AUDIT": f"http://{service.host}",
                    "TOKEN": service.token,
                    "WORKSPACE": WORKSPACE,
                }
                print(run(f"{name}: use", *command, env=environment).strip())
        finally:
            service.stop()


if __name__ == "__main__":
    main()
