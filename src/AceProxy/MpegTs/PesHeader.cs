namespace AceProxy.MpegTs;

/// <summary>
/// Gets past the header of a PES packet (ISO/IEC 13818-1, 2.4.3.6, table 2-21), which may lie over several transport packets.
/// </summary>
internal struct PesHeader
{
    private const int FixedSize = 9; // up to and with PES_header_data_length
    private const int MarkerAt = 6;

    private int _position;
    private int _remaining;

    /// <summary>
    /// Takes the header's bytes off the front. False if this is no PES packet with elementary stream data that can be read:
    /// no start code, a kind without the optional header, or scrambled.
    /// </summary>
    public bool Skip(ref ReadOnlySpan<byte> payload)
    {
        while (_position < FixedSize)
        {
            if (payload.IsEmpty)
                return true;

            var value = payload[0];
            var fits = _position switch
            {
                0 or 1 => value == 0,
                2 => value == 1,
                MarkerAt => (value & 0xF0) == 0x80, // '10', PES_scrambling_control '00'
                _ => true,
            };
            if (!fits)
                return false;

            _remaining = value;
            _position++;
            payload = payload[1..];
        }

        var skipped = Math.Min(_remaining, payload.Length);
        _remaining -= skipped;
        payload = payload[skipped..];
        return true;
    }
}
