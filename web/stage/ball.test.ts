import { describe, expect, test } from 'bun:test'
import { BAT_MS, isBall, MATCH } from '../../engine/match.ts'
import { newPlay, PLAY_ENDS_MS, playAt } from './ball.ts'
import { PITCH_M, ROPE_M } from './field.ts'

const balls = MATCH.filter(({ kind }) => isBall(kind))
const play = newPlay()
const distance = () => Math.hypot(play.ball.x, play.ball.y)

describe('a ball on the stage', () => {
  test('never jumps: it moves less than two metres in a frame', () => {
    for (const event of balls) {
      let last: { x: number; y: number; z: number } | undefined
      for (let at = 0; at < event.endMs - event.startMs; at += 16) {
        playAt(event, at, play)
        if (!play.ballSeen) last = undefined
        else {
          const { x, y, z } = play.ball
          if (last) expect(Math.hypot(x - last.x, y - last.y, z - last.z)).toBeLessThan(2)
          last = { x, y, z }
        }
      }
    }
  })

  test('never goes under the grass', () => {
    for (const event of balls) {
      for (let at = 0; at < 12_000; at += 16) {
        playAt(event, at, play)
        expect(play.ball.z).toBeGreaterThanOrEqual(0)
      }
    }
  })

  test('is at the bat when the bat swings', () => {
    for (const event of balls) {
      playAt(event, BAT_MS - 1, play)
      expect(distance()).toBeLessThan(2)
      expect(play.swing).toBeGreaterThan(0)
      playAt(event, BAT_MS - 600, play)
      expect(play.ball.y).toBeLessThan(-PITCH_M / 2)
    }
  })

  test('a six clears the rope in the air, a four crosses it on the ground, before the crowd knows', () => {
    for (const event of balls.filter(({ kind }) => kind === 'six')) {
      playAt(event, BAT_MS + 2_200, play)
      expect(distance()).toBeGreaterThan(ROPE_M)
      expect(play.ball.z).toBeGreaterThan(5)
    }
    for (const event of balls.filter(({ kind }) => kind === 'four')) {
      playAt(event, BAT_MS + 1_900, play)
      expect(distance()).toBeGreaterThan(ROPE_M)
      expect(play.ball.z).toBeLessThan(2)
    }
  })

  test('bails fly when a wicket falls at the stumps, and only then', () => {
    for (const event of balls) {
      playAt(event, event.impactMs - event.startMs + 200, play)
      expect(play.bailsS >= 0).toBe(event.out === 'bowled' || event.out === 'run-out')
    }
  })

  test('is at rest when the stage stops drawing', () => {
    for (const event of balls) {
      playAt(event, PLAY_ENDS_MS, play)
      const { x, y, z } = play.ball
      const seen = play.ballSeen
      playAt(event, PLAY_ENDS_MS + 2_000, play)
      expect(play.ballSeen).toBe(seen)
      if (seen) expect([play.ball.x, play.ball.y, play.ball.z]).toEqual([x, y, z])
    }
  })
})
