/** Joins parts of a source path as the compiler wrote them (the last absolute one wins) and normalises it; separators become "/". */
export function joinPath(...parts: (string | undefined)[]): string {
  let path = "";
  for (const part of parts) {
    if (!part) continue;
    path = path === "" || isAbsolute(part) ? part : `${path}/${part}`;
  }
  // A backslash separates only where a drive letter or a share says that Windows wrote the path.
  let root = path.startsWith("/") ? "/" : "";
  if (/^([A-Za-z]:[\\/]|\\\\)/.test(path)) {
    path = path.replaceAll("\\", "/");
    root = path.startsWith("//") ? "//" : path.slice(0, 3);
  }
  const kept: string[] = [];
  for (const part of path.slice(root.length).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && kept.length > 0 && kept[kept.length - 1] !== "..") kept.pop();
    else if (part !== ".." || root === "") kept.push(part);
  }
  return root + kept.join("/");
}

export function isAbsolute(path: string): boolean {
  return /^([\\/]|[A-Za-z]:[\\/])/.test(path);
}
