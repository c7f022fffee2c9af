/** Lets files be dropped on a document: `show` hears whether one is over it, `open` gets it. */
export function takeFiles(on: Document, show: (over: boolean) => void, open: (file: File) => void): void {
  const drag = (over: boolean) => (e: DragEvent) => {
    if (!e.dataTransfer?.types.includes('Files')) return;
    e.preventDefault();
    show(over);
  };
  on.addEventListener('dragover', drag(true));
  on.addEventListener('dragleave', (e) => e.relatedTarget === null && drag(false)(e));
  on.addEventListener('drop', (e) => {
    drag(false)(e);
    const file = e.dataTransfer?.files[0];
    if (file) open(file);
  });
}
