using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>Goes back over a tail's packets and leaves out discontinuity markers.</summary>
/// <param name="runs">Whole packets, oldest first.</param>
/// <param name="most">How many packets to go over, markers counted.</param>
internal ref struct TailCursor(IReadOnlyList<ReadOnlyMemory<byte>> runs, long most)
{
    private int _run = runs.Count;
    private ReadOnlySpan<byte> _rest;
    private long _left = most;

    public ReadOnlySpan<byte> Current { get; private set; }

    public bool MovePrevious()
    {
        do
        {
            while (_rest.IsEmpty)
            {
                if (_run == 0)
                {
                    return false;
                }

                _rest = runs[--_run].Span;
            }

            if (_left-- <= 0)
            {
                return false;
            }

            Current = _rest[^TsPacket.Size..];
            _rest = _rest[..^TsPacket.Size];
        }
        while (DiscontinuityMarker.Is(Current));

        return true;
    }
}
