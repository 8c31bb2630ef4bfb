using System.Diagnostics;
using AceProxy.EngineSimulator.Broadcasting;

namespace AceProxy.EngineSimulator.Tests.Broadcasting;

public sealed class ClipBroadcastTests
{
    private const int Video = 0x100;
    private const int Audio = 0x101;
    private static readonly ClipBroadcast Demo = ClipBroadcast.Demo;

    public static TheoryData<long> LoopsBeforeTheWindow => new()
    {
        0,
        (1L << 33) / 864_000 - 1, // the 33-bit clocks wrap within the window
        180_000_000, // where a broadcast begun at the Unix epoch is in 2024
    };

    [Fact]
    public void LoopDuration_DemoClip_IsWholeFramesOfBothStreams() => Assert.Equal(TimeSpan.FromSeconds(9.6), Demo.LoopDuration);

    [Theory]
    [MemberData(nameof(LoopsBeforeTheWindow))]
    public void Read_FourLoops_ContinuityCountersNeverJump(long loops)
    {
        var last = new Dictionary<int, int>();
        ForEachPacket(loops, (_, packet) =>
        {
            var pid = TransportPacket.Pid(packet);
            var counter = packet[3] & 15;
            if (last.TryGetValue(pid, out var before))
                Assert.Equal(TransportPacket.HasPayload(packet) ? before + 1 & 15 : before, counter);
            last[pid] = counter;
        });
        Assert.Contains(Video, last.Keys);
        Assert.Contains(Audio, last.Keys);
    }

    [Theory]
    [MemberData(nameof(LoopsBeforeTheWindow))]
    public void Read_FourLoops_DecodeTimesStepByOneFrame(long loops)
    {
        var last = new Dictionary<int, long>();
        var frames = 0;
        ForEachPacket(loops, (_, packet) =>
        {
            if (Timestamp(packet, decode: true) is not { } time)
                return;
            var pid = TransportPacket.Pid(packet);
            if (last.TryGetValue(pid, out var before))
                Assert.Equal(pid == Video ? 3600 : 1920, (time - before + TransportPacket.PtsWrap) % TransportPacket.PtsWrap);
            last[pid] = time;
            frames++;
        });
        Assert.Equal(4 * (240 + 450), frames);
    }

    [Theory]
    [MemberData(nameof(LoopsBeforeTheWindow))]
    public void Read_FourLoops_PresentationTimesAreShiftedByTheLoop(long loops)
    {
        var times = new List<long>();
        ForEachPacket(loops, (_, packet) =>
        {
            if (Timestamp(packet, decode: false) is { } time)
                times.Add(time);
        });
        for (var i = 690; i < times.Count; i++)
            Assert.Equal(864_000, (times[i] - times[i - 690] + TransportPacket.PtsWrap) % TransportPacket.PtsWrap);
    }

    [Theory]
    [MemberData(nameof(LoopsBeforeTheWindow))]
    public void Read_FourLoops_ClockAgreesWithAirTime(long loops)
    {
        (long Pcr, TimeSpan Air)? last = null;
        ForEachPacket(loops, (index, packet) =>
        {
            if (!TransportPacket.HasPcr(packet))
                return;
            var pcr = TransportPacket.ReadPcr(packet);
            var air = Demo.TimeOf(index);
            if (last is { } before)
            {
                var step = (pcr - before.Pcr + TransportPacket.PcrWrap) % TransportPacket.PcrWrap;
                Assert.InRange(step, 1, 40 * 27_000);
                Assert.InRange((air - before.Air).Ticks - step * 10 / 27, -2, 2);
            }
            last = (pcr, air);
        });
        Assert.NotNull(last);
    }

    [Fact]
    public void PacketAt_AnyMoment_IsTheLastPacketOnTheAir()
    {
        var random = new Random(3);
        for (var i = 0; i < 2_000; i++)
        {
            var moment = TimeSpan.FromTicks(random.NextInt64(TimeSpan.FromDays(60 * 365).Ticks));
            var packet = Demo.PacketAt(moment);
            Assert.True(Demo.TimeOf(packet) <= moment);
            Assert.True(Demo.TimeOf(packet + 1) > moment);
        }
    }

    [Fact]
    public void Read_OverlappingReads_GiveTheSameBytes()
    {
        var whole = new byte[TransportPacket.Size * 200];
        var part = new byte[TransportPacket.Size * 50];
        var first = 5L * Demo.PacketsPerLoop - 100;
        Demo.Read(first, whole);
        Demo.Read(first + 90, part);
        Assert.True(whole.AsSpan(90 * TransportPacket.Size, part.Length).SequenceEqual(part));
    }

    [Fact]
    public void Constructor_NoTransportStream_SaysSo() =>
        Assert.Throws<InvalidDataException>(() => new ClipBroadcast(new byte[TransportPacket.Size * 10]));

    [Fact]
    public async Task Read_FortySeconds_DecodeWithoutAnError()
    {
        Assert.SkipUnless(FfmpegIsThere(), "ffmpeg is not installed");
        var bytes = new byte[Demo.PacketAt(TimeSpan.FromSeconds(40)) * TransportPacket.Size];
        Demo.Read(0, bytes);
        var errors = await FfmpegAsync("-v error -f mpegts -i pipe:0 -f null -", bytes);
        Assert.Equal(string.Empty, errors);
    }

    private static void ForEachPacket(long loops, PacketAction action)
    {
        var packets = new byte[4 * Demo.PacketsPerLoop * TransportPacket.Size];
        var first = loops * Demo.PacketsPerLoop;
        Demo.Read(first, packets);
        for (var i = 0; i < packets.Length / TransportPacket.Size; i++)
            action(first + i, packets.AsSpan(i * TransportPacket.Size, TransportPacket.Size));
    }

    private static long? Timestamp(ReadOnlySpan<byte> packet, bool decode)
    {
        if (!TransportPacket.StartsUnit(packet))
            return null;
        var payload = packet[TransportPacket.PayloadOffset(packet)..];
        if (!payload.StartsWith((ReadOnlySpan<byte>)[0, 0, 1]))
            return null;
        var both = payload[7] >> 6 == 3;
        return TransportPacket.ReadTimestamp(payload[(decode && both ? 14 : 9)..]);
    }

    private static bool FfmpegIsThere() =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, "ffmpeg")));

    private static async Task<string> FfmpegAsync(string arguments, byte[] input)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.BaseStream.WriteAsync(input, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await errors;
    }

    private delegate void PacketAction(long index, ReadOnlySpan<byte> packet);
}
