// Runs before the first paint and before anything else: so that a chosen theme never flashes in after another one, that the map
// has its final size from the start, and that the engine is on its way. Most of the time to the first picture is won here.
import { readConfig } from './config';
import { begin } from './engine-start';
import { layoutNow, LOW } from './layout';
import { resolveTheme, storedTheme } from './theme-choice';

const root = document.documentElement.dataset;
root.theme = resolveTheme(storedTheme());
root.layout = layoutNow();
root.side = root.layout === 'wide' ? 'open' : 'closed';
root.strip = matchMedia(LOW).matches ? 'closed' : 'open';
begin(readConfig());
