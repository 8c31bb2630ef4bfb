namespace AceProxy.MpegTs;

/// <summary>
/// Walks the messages of a supplemental enhancement information unit (ITU-T H.264, 7.3.2.3.1): payload type and payload size are
/// each coded as bytes of 255 and a last byte, which add up.
/// </summary>
internal struct SeiMessages
{
    private bool _inSize;
    private int _sum;
    private int _skip;
    private int _type;

    /// <summary>Takes the next byte; true if it ended the header of a message, whose payload then follows.</summary>
    public bool Next(byte value, out int type)
    {
        type = _type;
        if (_skip > 0)
        {
            _skip--;
            return false;
        }

        // Hostile input may go on adding for ever; a unit is given up long before an int is full.
        _sum += value;
        if (value == 0xFF)
            return false;

        if (!_inSize)
        {
            _type = _sum;
            _sum = 0;
            _inSize = true;
            return false;
        }

        _skip = _sum;
        _sum = 0;
        _inSize = false;
        return true;
    }
}
