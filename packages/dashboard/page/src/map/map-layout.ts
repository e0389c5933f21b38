import { Graph, layout } from '@dagrejs/dagre';

export interface MapArrow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (Point & { readonly name: string })[];
  readonly arrows: readonly { readonly id: string; readonly path: string; readonly label: Point }[];
}

export const NODE = { width: 148, height: 48 } as const;
export const LABEL = { width: 152, height: 36 } as const;

/** Where services and arrows go. Takes a moment: do it when an arrow comes or goes, not when numbers change. */
export function mapLayout(arrows: readonly MapArrow[], direction: 'LR' | 'TB'): MapLayout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: 28,
    ranksep: direction === 'LR' ? 36 : 40,
    edgesep: 16,
    acyclicer: 'greedy',
    marginx: 8,
    marginy: 8,
  });
  for (const { id, from, to } of arrows) {
    graph.setNode(nodeId(from), { ...NODE });
    graph.setNode(nodeId(to), { ...NODE });
    graph.setEdge(nodeId(from), nodeId(to), { ...LABEL, labelpos: 'c' }, id);
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: graph.nodes().map((id: string) => {
      const { x, y } = graph.node(id) as Point;
      return { name: id.slice(1), x, y };
    }),
    arrows: graph.edges().map((edge: { v: string; w: string; name?: string }) => {
      const { x, y, points } = graph.edge(edge) as Point & { points: readonly Point[] };
      return { id: edge.name ?? '', path: curve(points), label: { x, y } };
    }),
  };
}

/** Names that are properties of every object are names of services, too. */
function nodeId(name: string): string {
  return `_${name}`;
}

/** A line through the middles, rounded at the points. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${at(first)}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    path += next ? `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}` : `L${at(point)}`;
  });
  return path;
}

function at({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
