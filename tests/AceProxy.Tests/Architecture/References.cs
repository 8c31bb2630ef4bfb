using System.Reflection;
using System.Reflection.Emit;

namespace AceProxy.Tests.Architecture;

/// <summary>Every type that a type's signatures, bodies and attributes name, read from its compiled code.</summary>
internal static class References
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static HashSet<Type> Of(Type type)
    {
        var found = new HashSet<Type>();
        Add(type.BaseType);
        AddAll(type.GetInterfaces());
        AddAll(type.CustomAttributes.Select(attribute => attribute.AttributeType));
        foreach (FieldInfo field in type.GetFields(Declared))
        {
            Add(field.FieldType);
        }

        foreach (MethodBase method in (MethodBase[])[.. type.GetMethods(Declared), .. type.GetConstructors(Declared)])
        {
            Add((method as MethodInfo)?.ReturnType);
            AddAll(method.GetParameters().Select(parameter => parameter.ParameterType));
            if (method.GetMethodBody() is { } body)
            {
                AddAll(body.LocalVariables.Select(local => local.LocalType));
                AddAll(Tokens(body.GetILAsByteArray()!).SelectMany(token => Resolve(method, token)));
            }
        }

        return found;

        void AddAll(IEnumerable<Type?> types)
        {
            foreach (Type? one in types)
            {
                Add(one);
            }
        }

        void Add(Type? one)
        {
            if (one is null || one.IsGenericParameter)
            {
                return;
            }

            if (one.HasElementType)
            {
                Add(one.GetElementType());
                return;
            }

            if (found.Add(one))
            {
                AddAll(one.GetGenericArguments());
            }
        }
    }

    /// <summary>The metadata tokens in a method's code (ECMA-335, III.1.9).</summary>
    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (int at = 0; at < code.Length;)
        {
            short value = code[at] == 0xFE ? (short)((0xFE << 8) | code[at + 1]) : code[at];
            OpCode operation = OpCodesByValue[value];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return BitConverter.ToInt32(code, at);
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type?> Resolve(MethodBase method, int token)
    {
        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        MemberInfo? member = method.Module.ResolveMember(token, ofType, ofMethod);
        return member switch
        {
            Type type => [type],
            MethodInfo { IsGenericMethod: true } call => [call.DeclaringType, call.ReturnType, .. call.GetGenericArguments()],
            MethodInfo call => [call.DeclaringType, call.ReturnType],
            _ => [member?.DeclaringType],
        };
    }
}
