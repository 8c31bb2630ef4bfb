using AceProxy.MpegTs;

namespace AceProxy.Tests.Gates;

/// <summary>Every step of the hot path with its budget: the tests hold the budgets, the micro-benchmark prints the figures too.</summary>
internal static class HotPath
{
    /// <summary>The signal for those who wait for a change, and the chunk itself; 88 and 64 bytes on .NET 10.</summary>
    public const double PerChunk = 160;

    /// <summary>Names and how they are made; a clip's maker is asked for clips by codec.</summary>
    public static IReadOnlyDictionary<string, Func<Func<string, Task<byte[]>>, Task<HotPathStep>>> Steps { get; } =
        new Dictionary<string, Func<Func<string, Task<byte[]>>, Task<HotPathStep>>>
        {
            ["align, in step"] = _ => Made(new AlignStep("align, in step", Packets(500))),
            ["align, from an odd offset"] = _ => Made(new AlignStep("align, from an odd offset", Packets(500)[37..])),
            ["align, garbage"] = _ => Made(new AlignStep("align, garbage", Garbage(94_000))),
            ["inspect H.264"] = async clip => new InspectStep("inspect H.264", await clip("h264")),
            ["inspect HEVC"] = async clip => new InspectStep("inspect HEVC", await clip("hevc")),
            ["append to the ring"] = _ => Made(new AppendStep("append to the ring", PerChunk)),
            ["take from the ring"] = _ => Made(new TakeStep("take from the ring")),
            ["find a join"] = _ => Made(new JoinStep("find a join")),

            // Beside its chunks the writer keeps, for every access point, the tables and counters to begin with.
            ["write H.264 to the ring"] = async clip => new WriteStep("write H.264 to the ring", PerChunk * 2, await clip("h264")),
            ["push a chunk to 1 follower"] = _ => Made(new PushStep("push a chunk to 1 follower", PerChunk, followers: 1)),
            ["push a chunk to 32 followers"] = _ => Made(new PushStep("push a chunk to 32 followers", PerChunk, followers: 32)),
        };

    /// <summary>Stuffing of one PID behind its header: what packets are, as far as aligning and storing them goes.</summary>
    public static byte[] Packets(int count)
    {
        byte[] bytes = new byte[count * TsPacket.Size];
        Array.Fill<byte>(bytes, 0x2E);
        for (int packet = 0; packet < count; packet++)
        {
            byte[] header = [TsPacket.SyncByte, 0x01, 0x01, (byte)(0x10 | (packet & 0x0F))];
            header.CopyTo(bytes, packet * TsPacket.Size);
        }

        return bytes;
    }

    private static byte[] Garbage(int length)
    {
        byte[] bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static Task<HotPathStep> Made(HotPathStep step) => Task.FromResult(step);
}
