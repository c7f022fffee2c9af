/** Lets files be dropped on the page: `show` hears whether one is over it, `open` gets it. */
export function takeFiles(show: (over: boolean) => void, open: (file: File) => void): void {
  const drag = (over: boolean) => (e: DragEvent) => {
    if (!e.dataTransfer?.types.includes('Files')) return;
    e.preventDefault();
    show(over);
  };
  document.addEventListener('dragover', drag(true));
  document.addEventListener('dragleave', (e) => e.relatedTarget === null && drag(false)(e));
  document.addEventListener('drop', (e) => {
    drag(false)(e);
    const file = e.dataTransfer?.files[0];
    if (file) open(file);
  });
}
