import "./style.css";

const h = (tag: string, attributes: Record<string, unknown> | null, ...children: unknown[]): string =>
    `<${tag} ${JSON.stringify(attributes)}>${children.join("")}</${tag}>`;

/** @jsx h */
export const plot = (size: number): string => (
    <svg width={size} height="10">
        <rect {...{ x: 0 }} width={size} />
    </svg>
);
