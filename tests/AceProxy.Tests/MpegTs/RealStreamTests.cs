using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>What is found in encoders' own streams, against what ffmpeg makes of them.</summary>
public sealed class RealStreamTests(RealStreams streams) : IClassFixture<RealStreams>
{
    [Theory]
    [MemberData(nameof(RealStreams.Names), MemberType = typeof(RealStreams))]
    public void Inspect_FlagsAsWritten_FindsTheKeyframes(string name)
    {
        var inspection = Inspection.Of(streams.Get(name));

        Assert.True(inspection.Points.Length >= 4);
        Assert.Equal(streams.Keyframes(name), inspection.Points);
        Assert.Equal(name != "audio", inspection.Inspector.HasVideo);
    }

    [Theory]
    [MemberData(nameof(RealStreams.Names), MemberType = typeof(RealStreams))]
    public void Inspect_FlagsCleared_FindsTheSame(string name)
    {
        var stream = streams.Get(name);
        ClearFlags(stream);

        Assert.Equal(streams.Keyframes(name), Inspection.Of(stream).Points);
    }

    [Theory]
    [InlineData("h264")]
    [InlineData("h264-open")]
    [InlineData("hevc")]
    [InlineData("mpeg2")]
    public void Align_RealStreamDamagedBetweenPackets_IsRestored(string name)
    {
        var stream = streams.Get(name);
        var middle = stream.Length / TsPacket.Size / 2 * TsPacket.Size;
        var random = new Random(7);
        byte[] damaged = [.. stream[50..middle], .. new byte[91], .. stream[middle..]];
        var alignment = Alignment.Of(damaged, () => random.Next(1, 20_000));

        Assert.Equal(stream[TsPacket.Size..], alignment.End());
    }

    [Theory]
    [MemberData(nameof(RealStreams.Names), MemberType = typeof(RealStreams))]
    public void JoinPreamble_RealStream_EveryPidCountsOn(string name)
    {
        var stream = streams.Get(name);
        var start = new byte[3 * TsPacket.Size];
        stream.AsSpan(0, start.Length).CopyTo(start);
        foreach (var (point, _, preamble) in Inspection.Of(stream).Found)
        {
            var rest = stream.AsSpan((int)point * TsPacket.Size);
            Assert.Empty(Continuity.Errors([.. preamble.Bytes, .. rest]));
            Assert.Empty(Continuity.Errors([.. start, .. preamble.Bytes, .. rest], ignorePids: [0, 0x11, 0x1000]));
        }
    }

    [Theory]
    [InlineData("h264")]
    [InlineData("hevc")]
    [InlineData("hevc-open")]
    [InlineData("mpeg2")]
    [InlineData("audio")]
    public async Task Join_EveryPoint_DecodesWithoutError(string name)
    {
        var stream = streams.Get(name);
        ClearFlags(stream);
        foreach (var (point, _, preamble) in Some(Inspection.Of(stream).Found))
        {
            byte[] joined = [.. preamble.Bytes.AsSpan(preamble.TablesOffset), .. stream.AsSpan((int)point * TsPacket.Size)];
            Assert.Equal("", (await DecodeAsync(joined, "-f null -")).Errors);
        }
    }

    [Theory]
    [InlineData("h264")]
    [InlineData("h264-open")]
    [InlineData("hevc")]
    [InlineData("hevc-open")]
    [InlineData("mpeg2")]
    [InlineData("mpeg1")]
    public async Task Join_EveryPoint_FirstPictureIsOneOfTheWholeStreams(string name)
    {
        var stream = streams.Get(name);
        ClearFlags(stream);
        var whole = Hashes((await DecodeAsync(stream, "-map 0:v -f framemd5 -")).Output);
        Assert.Equal(100, whole.Length);
        foreach (var (point, _, preamble) in Some(Inspection.Of(stream).Found))
        {
            byte[] joined = [.. preamble.Bytes.AsSpan(preamble.TablesOffset), .. stream.AsSpan((int)point * TsPacket.Size)];
            var first = Hashes((await DecodeAsync(joined, "-map 0:v -frames:v 1 -f framemd5 -")).Output);

            Assert.Contains(Assert.Single(first), whole);
        }
    }

    /// <summary>
    /// A client that jumps over part of the stream gets one stream that goes on. The pictures still in the decoder come out, and
    /// those after the jump decode as they would have.
    /// </summary>
    [Theory]
    [InlineData("h264")]
    [InlineData("hevc")]
    [InlineData("mpeg2")]
    public async Task Jump_BetweenPoints_DecodesWithoutError(string name)
    {
        var stream = streams.Get(name);
        var found = Inspection.Of(stream).Found;
        var (left, _, _) = found[1];
        var (entered, _, preamble) = found[3];
        byte[] jumped =
        [
            .. stream.AsSpan(0, (int)left * TsPacket.Size), .. preamble.Bytes, .. stream.AsSpan((int)entered * TsPacket.Size),
        ];

        Assert.Equal("", (await DecodeAsync(jumped, "-map 0:v -f null -")).Errors);
    }

    // First, last and two between: each decoding is a process.
    private static IEnumerable<T> Some<T>(List<T> all) => new[] { 0, all.Count / 3, all.Count * 2 / 3, all.Count - 1 }.Distinct().Select(i => all[i]);

    private static Task<(string Output, string Errors)> DecodeAsync(byte[] stream, string output) => Ffmpeg.RunAsync(
        "ffmpeg", [.. "-v error -threads 1 -f mpegts -i -".Split(' '), .. output.Split(' ')], stream);

    private static string[] Hashes(string frames) =>
        [.. frames.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(',')[^1].Trim())];

    private static void ClearFlags(Span<byte> stream)
    {
        for (var at = 0; at < stream.Length; at += TsPacket.Size)
        {
            var packet = stream.Slice(at, TsPacket.Size);
            if (TsPacket.RandomAccessIndicator(packet))
                packet[5] &= 0xBF;
        }
    }
}
