using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>Takes a stream past a <see cref="StreamInspector"/> and keeps what it said.</summary>
internal sealed class Inspection
{
    public StreamInspector Inspector { get; } = new();

    /// <summary>Packets so far.</summary>
    public int Count { get; private set; }

    /// <summary>The points found, where each was proved, and what a client gets before it.</summary>
    public List<(long Point, long ProvedAt, Preamble Preamble)> Found { get; } = [];

    public long[] Points => [.. Found.Select(found => found.Point)];

    public static Inspection Of(TsBuilder stream) => new Inspection().Add(stream.ToArray());

    public static Inspection Of(byte[] stream) => new Inspection().Add(stream);

    public Inspection Add(byte[] stream)
    {
        for (var at = 0; at < stream.Length; at += TsPacket.Size)
        {
            var point = Inspector.Inspect(stream.AsSpan(at, TsPacket.Size), Count);
            if (point >= 0)
                Found.Add((point, Count, Inspector.JoinPreamble()));
            Count++;
        }

        return this;
    }
}
