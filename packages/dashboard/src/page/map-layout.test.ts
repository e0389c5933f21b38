import { describe, expect, it } from 'vitest';
import { sparklinePath } from '../../page/src/charts/sparkline-path.ts';
import { mapLayout, NODE } from '../../page/src/map/map-layout.ts';

describe('mapLayout', () => {
  it('places each service once and each arrow, also two between the same services, a loop and a circle', () => {
    const arrows = [
      { id: '1', from: 'a', to: 'b' },
      { id: '2', from: 'a', to: 'b' },
      { id: '3', from: 'b', to: 'a' },
      { id: '4', from: 'b', to: 'b' },
    ];
    const { nodes, arrows: placed, width, height } = mapLayout(arrows, 'LR');
    expect(nodes.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(placed.map(({ id }) => id).sort()).toEqual(['1', '2', '3', '4']);
    for (const { path, label } of placed) {
      expect(path).toMatch(/^M[\d. ]+([LQ][\d. ]+)+$/);
      expect(label.x).toBeLessThanOrEqual(width);
      expect(label.y).toBeLessThanOrEqual(height);
    }
  });

  it('takes names that every object has', () => {
    const arrows = [
      { id: '1', from: '__proto__', to: 'constructor' },
      { id: '2', from: 'constructor', to: '' },
    ];
    expect(mapLayout(arrows, 'TB').nodes.map(({ name }) => name)).toEqual(['__proto__', 'constructor', '']);
  });

  it('lets services not overlap', () => {
    const arrows = Array.from({ length: 60 }, (_, i) => ({ id: `${i}`, from: `s${i % 7}`, to: `s${(i * 5) % 31}` }));
    const { nodes } = mapLayout(arrows, 'LR');
    for (const a of nodes) {
      for (const b of nodes) {
        if (a === b) continue;
        expect(Math.abs(a.x - b.x) >= NODE.width || Math.abs(a.y - b.y) >= NODE.height).toBe(true);
      }
    }
  });
});

describe('sparklinePath', () => {
  it('is empty without two points', () => {
    expect(sparklinePath({ times: [], values: [] }, 80, 20)).toEqual({ line: '', area: '' });
    expect(sparklinePath({ times: [1], values: [5] }, 80, 20)).toEqual({ line: '', area: '' });
    expect(sparklinePath({ times: [1, 2], values: [null, null] }, 80, 20)).toEqual({ line: '', area: '' });
  });

  it('goes from 0 at the bottom to the highest at the top, and keeps the peak of what shares a place', () => {
    const points = { times: [0, 1, 2, 3, 4], values: [0, null, 10, 5, 5] };
    expect(sparklinePath(points, 8, 22).line).toBe('M0 21.0L4 1.0L6 11.0L8 11.0');
    const crowded = { times: [0, 1, 1.1, 1.2, 2], values: [1, 1, 10, 1, 1] };
    expect(sparklinePath(crowded, 4, 22).line).toBe('M0 19.0L2 1.0L4 19.0');
  });

  it('draws zeros at the bottom', () => {
    expect(sparklinePath({ times: [0, 1], values: [0, 0] }, 4, 22).line).toBe('M0 21.0L4 21.0');
  });
});
