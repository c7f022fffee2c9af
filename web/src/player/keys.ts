/* Keys while the focus is in the map's window. What is not the map's own goes to the page. */

/** One press of an arrow moves the picture by this much (px). */
const stride = 80;

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [stride, 0], ArrowRight: [-stride, 0], ArrowUp: [0, stride], ArrowDown: [0, -stride],
};
const zoom: Readonly<Record<string, string>> = { '+': 'in', '=': 'in', '-': 'out', _: 'out', '0': 'reset' };

/** Takes the map's keys in this window; `forward` gets the others. */
export function mapKeys(command: (c: object) => void, forward: (detail: object) => void): void {
  window.addEventListener('keydown', (e) => {
    if (e.defaultPrevented) return;
    const plain = !e.ctrlKey && !e.metaKey && !e.altKey;
    const arrow = plain && document.activeElement === document.body ? arrows[e.key] : undefined;
    const op = plain ? zoom[e.key] : undefined;
    if (arrow) command({ cmd: 'camera', op: 'pan', dx: arrow[0], dy: arrow[1] });
    else if (op) command({ cmd: 'camera', op });
    else {
      if (e.key !== 'Tab') forward({ key: e.key, code: e.code, shiftKey: e.shiftKey, ctrlKey: e.ctrlKey, metaKey: e.metaKey, altKey: e.altKey, repeat: e.repeat });
      return;
    }
    e.preventDefault();
  });
}
