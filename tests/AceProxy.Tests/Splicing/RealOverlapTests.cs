using System.Globalization;
using AceProxy.Buffering;
using AceProxy.MpegTs;
using AceProxy.Splicing;
using AceProxy.Tests.Buffering;
using AceProxy.Tests.MpegTs;

namespace AceProxy.Tests.Splicing;

/// <summary>Encoders' own streams, cut anywhere and gone on with from ten seconds before to ten seconds behind the cut.</summary>
public sealed class RealOverlapTests(LongClips clips) : IClassFixture<LongClips>
{
    private const double MostOverlap = 10;

    [Theory]
    [InlineData("h264", 100)]
    [InlineData("hevc", 100)]
    public void Write_ReconnectedAnywhere_GoesOnExactlyOrJumpsToTheNextAccessPoint(string codec, int rounds)
    {
        LongClip clip = clips.Get(codec);
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        int spliced = 0, jumped = 0;
        List<string> wrong = [];
        for (int round = 0; round < rounds; round++)
        {
            Cut cut = Cut.At(clip, random, (random.NextDouble() * 2 * MostOverlap) - MostOverlap);
            (byte[] output, Resumed resumed) = Play(clip, cut, random);
            if (Fault(clip, cut, output, resumed) is { } fault)
            {
                wrong.Add($"round {round}: {cut}, {resumed}: {fault}");
            }

            spliced += resumed.IsSpliced ? 1 : 0;
            jumped += resumed.IsSpliced ? 0 : 1;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{codec}: {rounds} cuts, {spliced} spliced, {jumped} jumped, {wrong.Count} wrong, seed {seed}");
        Assert.True(wrong.Count == 0, $"seed {seed}, {wrong.Count} wrong:{Environment.NewLine}{string.Join(Environment.NewLine, wrong)}");
        Assert.True(spliced > rounds / 4 && jumped > rounds / 4, $"seed {seed}: {spliced} spliced and {jumped} jumped cannot be random");
    }

    /// <summary>What a decoder makes of it: every picture but the lost ones, and complaints about the one that was cut only.</summary>
    [Theory]
    [InlineData("h264", 0.5)]
    [InlineData("h264", 3.7)]
    [InlineData("h264", 9.9)]
    [InlineData("hevc", 0.5)]
    [InlineData("hevc", 6.1)]
    [InlineData("h264", -4)]
    [InlineData("hevc", -8)]
    public async Task Write_ReconnectedAnywhere_DecodesAllButTheLostPictures(string codec, double gap)
    {
        LongClip clip = clips.Get(codec);
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        Cut cut = Cut.At(clip, random, -gap) with { Begin = 0 };
        (byte[] output, Resumed resumed) = Play(clip, cut, random);
        Assert.Null(Fault(clip, cut, output, resumed));
        int goneOnAt = resumed.IsSpliced ? cut.End : cut.Landing(clip);
        int expected = clip.Pictures(0, cut.End) + clip.Pictures(goneOnAt, clip.Packets);

        (string decoded, string complaints) = await Ffmpeg.RunAsync(
            "ffprobe", "-v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames -of csv=p=0 -i -".Split(' '), output);

        int pictures = int.Parse(decoded.Split('\n', StringSplitOptions.RemoveEmptyEntries)[0].Trim(','), CultureInfo.InvariantCulture);
        string[] lines = complaints.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{codec}, {gap:+0.0;-0.0} s: {pictures} of {expected} pictures, {lines.Length} complaints, seed {seed}: {resumed}{Environment.NewLine}{complaints}");
        Assert.InRange(pictures, expected - (resumed.IsSpliced ? 0 : 1), expected); // the picture that was cut may be shown or not
        Assert.InRange(lines.Length, 0, resumed.IsSpliced ? 0 : 3);
    }

    private static (byte[] Output, Resumed Resumed) Play(LongClip clip, Cut cut, Random random)
    {
        using var test = new RingUnderTest(RingUnderTest.Small with
        {
            ChunkSize = 65536,
            Size = 100_000_000,
            SpliceWait = TimeSpan.FromSeconds(12),
        }, slabPackets: 1400);
        using RingWriter writer = test.NewWriter();
        writer.Reconnected();
        Feed(writer, clip.Stream.AsSpan(cut.Begin..cut.Break), random);
        test.Time.Advance(random.NextDouble() * 5);

        // From as fast as it can be to as fast as it is shown.
        writer.Reconnected();
        double speed = random.Next(3) switch { 0 => 1, 1 => 1 + (random.NextDouble() * 20), _ => 1e6 };
        double burst = random.NextDouble() * 3;
        int from = cut.Resume / TsPacket.Size;
        Feed(writer, clip.Stream.AsSpan(cut.Resume), random, (before, after) => test.Time.Advance(
            (Math.Max(0, clip.SecondsAt(from + (after / TsPacket.Size)) - clip.SecondsAt(from) - burst)
                - Math.Max(0, clip.SecondsAt(from + (before / TsPacket.Size)) - clip.SecondsAt(from) - burst)) / speed));
        Resumed? resumed = writer.TakeResumed();
        Assert.NotNull(resumed);
        return (test.Content(), resumed);
    }

    private static void Feed(RingWriter writer, ReadOnlySpan<byte> stream, Random random, Action<int, int>? passed = null)
    {
        int done = 0, filled = 0;
        while (filled < stream.Length)
        {
            int more = Math.Min(random.Next(1, 30_000), stream.Length - filled);
            passed?.Invoke(filled, filled + more);
            filled += more;
            done += writer.Write(stream[done..filled]);
        }

        writer.EndOfConnection(stream[done..]);
    }

    private static string? Fault(LongClip clip, Cut cut, byte[] output, Resumed resumed)
    {
        byte[] before = clip.Stream[(cut.First * TsPacket.Size)..(cut.End * TsPacket.Size)];
        if (!output.AsSpan().StartsWith(before))
        {
            return "what was there is not there any more";
        }

        ReadOnlySpan<byte> after = output.AsSpan(before.Length);
        bool mustSplice = cut.Start < cut.End, maySplice = cut.Start <= cut.End;
        if (mustSplice ? !resumed.IsSpliced : resumed.IsSpliced && !maySplice)
        {
            return resumed.IsSpliced ? "a splice over a gap" : "no splice, although it overlaps";
        }

        if (resumed.IsSpliced)
        {
            return after.SequenceEqual(clip.Stream.AsSpan(cut.End * TsPacket.Size)) ? null : "spliced, but not where it broke off";
        }

        int[] firstPids = [.. Enumerable.Range(0, 5).Select(packet => TsPacket.Pid(output.AsSpan(before.Length + (packet * TsPacket.Size))))];
        bool[] firstMarks = [.. Enumerable.Range(0, 5).Select(packet => IsMarker(output.AsSpan(before.Length + (packet * TsPacket.Size), TsPacket.Size)))];
        if (!firstPids.SequenceEqual([0, 0, 0x1000, 0x1000, 0x100]) || !firstMarks.SequenceEqual([true, false, true, false, true]))
        {
            return "it does not begin with announced tables and an announced picture";
        }

        byte[] packets = [.. output[(before.Length + (4 * TsPacket.Size))..].Chunk(TsPacket.Size).Where(packet => !IsMarker(packet)).SelectMany(packet => packet)];
        return !packets.AsSpan().SequenceEqual(clip.Stream.AsSpan(cut.Landing(clip) * TsPacket.Size)) ? "it goes on elsewhere than at the next random access point"
            : Continuity.Errors(output) is [var error, ..] ? error
            : null;
    }

    private static bool IsMarker(ReadOnlySpan<byte> packet) => TsPacket.DiscontinuityIndicator(packet) && !TsPacket.HasPayload(packet);

    /// <param name="Begin">The first byte of the first connection.</param>
    /// <param name="Break">The byte at which it breaks off.</param>
    /// <param name="Resume">The first byte of the next.</param>
    private sealed record Cut(int Begin, int Break, int Resume)
    {
        /// <summary>The first whole packet before the break, and the first that is not whole.</summary>
        public int First => (Begin + TsPacket.Size - 1) / TsPacket.Size;

        public int End => Break / TsPacket.Size;

        /// <summary>The next connection's first whole packet.</summary>
        public int Start => (Resume + TsPacket.Size - 1) / TsPacket.Size;

        public static Cut At(LongClip clip, Random random, double overlap)
        {
            double broken = 15 + (random.NextDouble() * 10);
            return new Cut(
                clip.ByteAt(random.NextDouble() * 3, random), clip.ByteAt(broken, random), clip.ByteAt(broken - overlap, random));
        }

        /// <summary>Where a jump has to land.</summary>
        public int Landing(LongClip clip) => (int)clip.AccessPoints.First(point => point >= Start);
    }
}
