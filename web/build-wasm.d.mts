export function joinData(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null;
