using System.Diagnostics.CodeAnalysis;

namespace AceProxy.EngineApi;

/// <summary>What came of a call: a value or a failure, never both.</summary>
internal readonly struct EngineReply<T>
    where T : class
{
    private EngineReply(T? value, EngineFailure? failure) => (Value, Failure) = (value, failure);

    public T? Value { get; }

    public EngineFailure? Failure { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsSuccess => Value is not null;

    public static implicit operator EngineReply<T>(T value) => new(value, null);

    public static implicit operator EngineReply<T>(EngineFailure failure) => new(null, failure);
}
