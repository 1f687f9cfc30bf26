import { expect, test } from 'bun:test'
import { renderToString } from 'react-dom/server'
import '../src/index.ts'

test('every element of Roar’s is known to JSX: its attributes, its properties, its events, and nothing else', () => {
  const rendered = renderToString(
    <>
      <roar-bar
        show="final"
        for="#player"
        segment="home"
        onroar-tap={({ detail }) => detail.sticker.trim()}
      />
      <roar-swarm show="final" for="#player" className="crowd" />
      <roar-feed url="https://roar.example/live" show="final" />
      <roar-poll show="final" onroar-vote={({ detail }) => detail.poll.trim()} />
      <roar-stage show="final" delay-ms={8000} player={() => 0}>
        <video controls muted />
      </roar-stage>
      {/* @ts-expect-error: a feed rises over nothing */}
      <roar-feed for="#player" />
      {/* @ts-expect-error: a show is known by its id */}
      <roar-poll show={7} />
      {/* @ts-expect-error: a tap says its sticker */}
      <roar-bar onroar-tap={({ detail }) => detail.poll} />
      {/* @ts-expect-error: there is no such element */}
      <roar-pole />
    </>,
  )
  expect(rendered).toContain('<roar-stage show="final" delay-ms="8000"><video')
  expect(rendered).toContain('<roar-bar show="final" for="#player" segment="home">')
})
