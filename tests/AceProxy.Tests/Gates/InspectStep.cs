using AceProxy.MpegTs;

namespace AceProxy.Tests.Gates;

/// <summary>Looks at every packet of an encoder's clip.</summary>
internal sealed class InspectStep(string name, byte[] clip) : HotPathStep(name, "packet", budget: 0)
{
    private readonly StreamInspector _inspector = new();
    private long _index;

    public override int Units => clip.Length / TsPacket.Size;

    public override long Bytes => clip.Length;

    /// <summary>Access points seen, so that a test can tell that something was found.</summary>
    public int Found { get; private set; }

    public override void Run()
    {
        for (int at = 0; at + TsPacket.Size <= clip.Length; at += TsPacket.Size)
        {
            Found += _inspector.Inspect(clip.AsSpan(at, TsPacket.Size), _index++) >= 0 ? 1 : 0;
        }
    }
}
