// Runs before the first paint and before anything else: so that a chosen theme never flashes in after another one, that the map
// has its final size from the start, and that the engine is on its way. Most of the time to the first picture is won here.
import { DRAWN, readConfig } from './config';
import { begin } from './engine-start';
import { layoutNow, LOW } from './layout';
import { resolveTheme, storedTheme } from './theme-choice';

const root = document.documentElement.dataset;
root.theme = resolveTheme(storedTheme());
root.layout = layoutNow();
root.side = root.layout === 'wide' ? 'open' : 'closed';
root.strip = matchMedia(LOW).matches ? 'closed' : 'open';
const config = readConfig();
// The drawing that stands in is of the scenario that the page opens with; before another one, or live traffic, it would only flash by.
const asked = new URLSearchParams(location.search).get('scenario') ?? DRAWN;
if (asked !== DRAWN) root.still = 'none';
void config.then(({ mode }) => { if (mode !== 'play') root.still = 'none'; });
begin(config);
