/** Whether a file's name says that it is a recorded trace. Apart from trace-file.ts, which brings all the readers. */
export function isTraceFile(file: string): boolean {
  return /\.(npz|txt|txt\.gz)$/.test(file);
}
