using AceProxy.MpegTs;
using AceProxy.Splicing;

namespace AceProxy.Tests.Splicing;

/// <summary>
/// Thousands of streams of whatever kind, cut and gone on with anywhere, with packets lost, damaged and repeated on either side: what comes
/// out goes on with exactly the next packet, or it is announced that it does not.
/// </summary>
public sealed class SpliceFuzzTests
{
    private const int Cases = 2000;

    [Fact]
    public void Connect_WhateverStreams_GoesOnExactlyOrAnnouncesAJump()
    {
        int first = Random.Shared.Next(1 << 30);
        int spliced = 0, jumped = 0, waiting = 0;
        for (int seed = first; seed < first + Cases; seed++)
        {
            var one = new Case(seed);
            try
            {
                one.Run();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }

            (spliced, jumped, waiting) = (spliced + one.Spliced, jumped + one.Jumped, waiting + one.Waiting);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Cases} streams from seed {first}: {spliced} splices, {jumped} jumps, {waiting} connections that ended undecided");
        Assert.True(spliced > Cases / 4 && jumped > Cases / 10, $"{spliced} splices and {jumped} jumps: too few to prove anything");
    }

    /// <summary>For a seed that a run has printed.</summary>
    [Theory]
    [InlineData(731511411)] // filler lost among filler before the break
    [InlineData(40113702)] // and behind it
    [InlineData(1027295336)] // tables lost where a constant rate ends
    public void Connect_OneSeed_GoesOnExactlyOrAnnouncesAJump(int seed) => new Case(seed).Run();

    /// <param name="Bytes">A packet, or bytes that are none.</param>
    /// <param name="Number">The packet's place in the broadcast; -1 for garbage.</param>
    private sealed record Piece(byte[] Bytes, int Number);

    private sealed class Case(int seed)
    {
        private readonly Random _random = new(seed);
        private byte[][] _broadcast = [];
        private bool _repeats;
        private bool _jumps;
        private bool _isDamaged;

        public int Spliced { get; private set; }

        public int Jumped { get; private set; }

        public int Waiting { get; private set; }

        public void Run()
        {
            _broadcast = Broadcast();
            int cut = _random.Next(100, _broadcast.Length - 400);
            Piece[] before = Damaged(Pieces(Math.Max(0, cut - _random.Next(30, 1500)), cut));
            using var scene = new SpliceScene([.. before.Select(piece => piece.Bytes), .. Torn(cut)]);
            Runs.AssertSame(Packets(before), scene.Output.WithoutMarkers(), "before the break");
            int last = before.Last(piece => piece.Number >= 0).Number;

            for (int connections = _random.Next(3); connections >= 0; connections--)
            {
                bool isLast = connections == 0;
                int around = last + 1 - (_random.Next(4) switch { 0 => _random.Next(-2, 8), 1 => _random.Next(0, 80), _ => _random.Next(-300, 1200) });
                int from = Math.Clamp(around, 0, _broadcast.Length - 20);
                int to = isLast ? _broadcast.Length : Math.Min(_broadcast.Length, from + _random.Next(10, 900));
                bool wasDamaged = _isDamaged;
                Piece[] pieces = Damaged(Pieces(from, to));
                scene.StartAfresh().Connect([.. pieces.Select(piece => piece.Bytes), .. isLast ? [] : Torn(to)], speed: _random.Next(3) == 0 ? 20 : 0);
                int common = Math.Max(from, before[0].Number); // from there on both have everything
                bool hasTimeInCommon = common <= last && _broadcast[common..(last + 1)].Any(packet => ClockSource.IsTimed(packet));
                Check(scene, pieces, last, mustSplice: hasTimeInCommon && isLast && !wasDamaged && !_isDamaged && !_repeats && !_jumps);
                last = scene.After.Length == 0 ? last : pieces.Last(piece => piece.Number >= 0).Number;
                _isDamaged |= scene.Resumed is not null && Jumped > 0;
            }
        }

        private void Check(SpliceScene scene, Piece[] pieces, int last, bool mustSplice)
        {
            byte[][] after = scene.After;
            byte[][] kept = after.WithoutMarkers();
            Piece[] packets = [.. pieces.Where(piece => piece.Number >= 0)];
            if (scene.Resumed is null)
            {
                Assert.Empty(after);
                Assert.False(mustSplice, "undecided, although it overlaps");
                Waiting++;
                return;
            }

            if (scene.Resumed.IsSpliced)
            {
                int at = packets.Length - kept.Length;
                Runs.AssertSame(Packets(packets[at..]), kept, "spliced");
                Spliced++;
                if (kept.Length == 0)
                {
                    return; // it ended just there
                }

                bool isNext = packets[at].Number == last + 1
                    || (at > 0 && packets[at].Number > last && packets[at - 1].Number <= last); // the new connection has lost some itself
                Assert.True(isNext || (_isDamaged && IsFiller(packets[at].Number, last + 1)) || (_repeats && GoesOnWithTheSameBytes(at == 0 ? packets[0].Number : packets[at - 1].Number + 1, last + 1)),
                    $"spliced at {packets[at].Number} behind {last}: {scene.Resumed}");
                return;
            }

            Assert.False(mustSplice, $"{scene.Resumed}, although it overlaps by {last + 1 - packets[0].Number}");
            Jumped++;
            AssertAnnounced(after);
            byte[][] behindTables = kept.Length <= packets.Length && Runs.IsSame(Packets(packets[^kept.Length..]), kept) ? kept : kept[2..];
            Runs.AssertSame(Packets(packets[^behindTables.Length..]), behindTables, "jumped");
        }

        /// <summary>Sixteen packets of filler lost among many, on either side: nobody can see that, and nobody misses them.</summary>
        private bool IsFiller(int from, int to) => _broadcast[Math.Min(from, to)..Math.Max(from, to)].All(packet =>
            TsPacket.Payload(packet) is var payload && payload.IndexOfAnyExcept(payload[0]) < 0);

        /// <summary>In a clip that is played again with its times one round is as good as the other.</summary>
        private bool GoesOnWithTheSameBytes(int at, int next) =>
            Runs.IsSame(_broadcast.Skip(at).Take(_broadcast.Length - Math.Max(at, next)), _broadcast.Skip(next).Take(_broadcast.Length - Math.Max(at, next)));

        private static void AssertAnnounced(byte[][] after)
        {
            HashSet<int> seen = [];
            foreach ((byte[] packet, int at) in after.Select((packet, at) => (packet, at)))
            {
                int pid = TsPacket.Pid(packet);
                if (pid != TsPacket.NullPid && seen.Add(pid))
                {
                    Assert.True(DiscontinuityMarker.Is(packet), $"PID {pid} is not announced at {at}");
                    int next = TsPacket.ContinuityCounter(after[at + 1]) - (TsPacket.HasPayload(after[at + 1]) ? 1 : 0);
                    Assert.Equal((pid, next & 15), (TsPacket.Pid(after[at + 1]), TsPacket.ContinuityCounter(packet)));
                }
            }
        }

        private byte[][] Broadcast()
        {
            var programme = new Programme(_random.Next(), _random.Next(5) == 0 ? 95_440 : 1000) { GroupPictures = _random.Next(2, 12) };
            byte[] still = programme.Noise(184 * 12);
            while (programme.Count < 1800)
            {
                switch (_random.Next(9))
                {
                    case 0:
                        programme.PlayAtConstantRate(_random.Next(5, 30));
                        break;
                    case 1:
                        for (int filler = _random.Next(90); filler >= 0; filler--)
                        {
                            programme.Builder.Packet(Programme.VideoPid, [.. Enumerable.Repeat((byte)0xFF, 184)]);
                        }

                        break;
                    case 2:
                        for (int nulls = _random.Next(60); nulls >= 0; nulls--)
                        {
                            programme.Builder.Null();
                        }

                        break;
                    case 3:
                        for (int pictures = _random.Next(10); pictures >= 0; pictures--)
                        {
                            programme.Picture(still);
                        }

                        break;
                    case 4:
                        programme.Play(1).Builder.Duplicate();
                        break;
                    case 5 when _random.Next(4) == 0:
                        programme.Clock += _random.Next(-20, 20) * 90_000;
                        _jumps = true;
                        break;
                    default:
                        programme.Play(_random.Next(1, 12), least: 1, most: 30);
                        break;
                }
            }

            byte[][] packets = programme.Packets;
            _repeats = _random.Next(4) == 0;
            if (_repeats)
            {
                byte[][] round = packets[_random.Next(200)..];
                round = round[..Math.Min(round.Length, _random.Next(50, 700))];
                packets = [.. Enumerable.Repeat(round, 1800 / round.Length + 2).SelectMany(again => again)]; // times and all
            }

            return packets;
        }

        private IEnumerable<Piece> Pieces(int from, int to) => Enumerable.Range(from, to - from).Select(number => new Piece(_broadcast[number], number));

        /// <summary>Packets lost, damaged and marked so, and bytes between them that are none; the last ones as they are.</summary>
        private Piece[] Damaged(IEnumerable<Piece> whole)
        {
            List<Piece> pieces = [.. whole];
            while (_random.Next(3) == 0 && pieces.Count > 40)
            {
                _isDamaged = true;
                int at = _random.Next(pieces.Count - 30);
                switch (_random.Next(3))
                {
                    case 0 when pieces.TrueForAll(piece => piece.Number >= 0): // fewer than five packets before garbage are none
                        pieces.RemoveRange(at, _random.Next(1, 20));
                        break;
                    case 1 when pieces[at].Number >= 0:
                        byte[] broken = [.. pieces[at].Bytes];
                        broken[1] |= 0x80;
                        broken[_random.Next(4, TsPacket.Size)] ^= 0x10;
                        pieces[at] = pieces[at] with { Bytes = broken };
                        break;
                    case 2 when pieces.TrueForAll(piece => piece.Number >= 0):
                        pieces.Insert(Math.Max(at, 8), new Piece([.. Enumerable.Repeat((byte)0xEE, _random.Next(1, 500))], -1));
                        break;
                }
            }

            return [.. pieces];
        }

        /// <summary>The first part of a packet that was cut.</summary>
        private byte[][] Torn(int at) => at < _broadcast.Length ? [_broadcast[at][.._random.Next(TsPacket.Size)]] : [];

        private static byte[][] Packets(IEnumerable<Piece> pieces) => [.. pieces.Where(piece => piece.Number >= 0).Select(piece => piece.Bytes)];
    }
}
