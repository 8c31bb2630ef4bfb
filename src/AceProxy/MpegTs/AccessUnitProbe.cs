namespace AceProxy.MpegTs;

/// <summary>
/// Reads the elementary stream from an access unit's start, in pieces of any size, until it is clear whether decoding can begin
/// there. Splits it into the units between start codes 00 00 01, which ITU-T H.262 (6.2.1), H.264 (annex B) and H.265 (annex B)
/// have in common; a start code may lie across pieces.
/// </summary>
internal abstract class AccessUnitProbe
{
    private int _zeros;
    private bool _reading;

    /// <summary>
    /// Something was read that belongs before an access unit's first slice, and no slice yet: if the PES packet ends here, the
    /// access unit goes on in the next.
    /// </summary>
    public bool AwaitsPicture { get; protected set; }

    /// <summary>Whether 00 00 03 stands for 00 00 within a unit (H.264 and H.265, 7.3.1.1, emulation_prevention_three_byte).</summary>
    protected abstract bool HasEmulationPrevention { get; }

    public void Begin()
    {
        _zeros = 0;
        _reading = false;
        AwaitsPicture = false;
        OnBegin();
    }

    public AccessUnitVerdict Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (_zeros >= 2 && b == 1)
            {
                _zeros = 0;
                _reading = true;
                OnUnit();
                continue;
            }

            if (_zeros >= 2 && b == 3 && HasEmulationPrevention)
            {
                _zeros = 0;
                continue;
            }

            _zeros = b == 0 ? _zeros + 1 : 0;
            if (!_reading)
                continue;

            var verdict = OnByte(b, out _reading);
            if (verdict != AccessUnitVerdict.Undecided)
                return verdict;
        }

        return AccessUnitVerdict.Undecided;
    }

    /// <summary>A new access unit.</summary>
    protected abstract void OnBegin();

    /// <summary>A start code: the next byte is a unit's first.</summary>
    protected abstract void OnUnit();

    /// <summary>A byte of a unit. <paramref name="more"/>: whether the rest of the unit matters.</summary>
    protected abstract AccessUnitVerdict OnByte(byte value, out bool more);
}
