using AceProxy.MpegTs;

namespace AceProxy.Tests.Splicing;

/// <summary>Runs of packets, compared quickly; a difference is told by its place.</summary>
internal static class Runs
{
    public static byte[] Flatten(this IEnumerable<byte[]> packets)
    {
        using var bytes = new MemoryStream();
        foreach (byte[] packet in packets)
        {
            bytes.Write(packet);
        }

        return bytes.ToArray();
    }

    public static bool IsSame(IEnumerable<byte[]> one, IEnumerable<byte[]> other) => one.Flatten().AsSpan().SequenceEqual(other.Flatten());

    public static void AssertSame(IEnumerable<byte[]> expected, IEnumerable<byte[]> actual, string what = "")
    {
        byte[] one = expected.Flatten(), other = actual.Flatten();
        if (!one.AsSpan().SequenceEqual(other))
        {
            Assert.Fail($"{what}: {one.Length / TsPacket.Size} packets expected, {other.Length / TsPacket.Size} found; "
                + $"they differ from {one.AsSpan().CommonPrefixLength(other) / TsPacket.Size} on");
        }
    }

    public static byte[][] WithoutMarkers(this IEnumerable<byte[]> packets) => [.. packets.Where(packet => !DiscontinuityMarker.Is(packet))];
}
